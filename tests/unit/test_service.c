#include <criterion/criterion.h>

#include "config/option.h"
#include "config/service.h"
#include "config/value.h"

Test(service, strings)
{
	struct strings s = {NULL, 0};

	cr_assert_eq(strings_add(&s, "a"), 0);
	cr_assert_eq(strings_add(&s, ""), 0);
	cr_assert_eq(s.n, 2);
	cr_assert_str_eq(s.v[0], "a");
	cr_assert_str_eq(s.v[1], "");
	cr_assert_null(s.v[2], "an argv ends in NULL");
	strings_fini(&s);
	cr_assert_eq(s.n, 0);
	cr_assert_null(s.v);
	strings_fini(&s);
	strings_fini(NULL);
}

Test(service, new_has_nothing_set)
{
	struct service_conf *svc = service_conf_new("x");
	const struct option *o;
	size_t i;

	cr_assert_not_null(svc);
	for (i = 0; (o = option_row(i)) != NULL; i++)
		if (o->section->owner == OPTION_SERVICE && o->preset == NULL && !o->type->list)
			cr_assert_not(option_has(o, svc), "%s", o->name);
	service_conf_free(svc);
	service_conf_free(NULL);
}

Test(service, conf_keeps_the_order_in_which_services_come)
{
	struct conf *conf = conf_new();
	char name[16];
	size_t i;

	cr_assert_not_null(conf);
	for (i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "s%zu", i);
		cr_assert_eq(conf_add(conf, service_conf_new(name)), 0);
	}
	cr_assert_eq(conf->nservices, 100);
	for (i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "s%zu", i);
		cr_assert_str_eq(conf->services[i]->name, name);
	}
	conf_free(conf);
	conf_free(NULL);
}
