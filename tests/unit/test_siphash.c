#include <criterion/criterion.h>
#include <string.h>

#include "base/siphash.h"

/* Of the inputs 00, 00 01, 00 01 02, ... under the key 00 01 .. 0f: the paper's appendix A has that
 * of fifteen bytes, the authors' reference program prints the others. */
Test(siphash, vectors)
{
	static const struct {
		size_t n;
		uint64_t hash;
	} rows[] = {
	    {0, 0x726fdb47dd0e0e31},
	    {1, 0x74f839c593dc67fd},
	    {2, 0x0d6c8009d9a94f5a},
	    {7, 0xab0200f58b01d137},
	    {8, 0x93f5f5799a932462},
	    {15, 0xa129ca6149be45e5},
	    {63, 0x958a324ceb064572},
	};
	uint8_t key[SIPHASH_KEY], data[64];
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	memcpy(key, data, sizeof(key));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(siphash(key, data, rows[i].n), rows[i].hash, "%zu bytes", rows[i].n);
}

Test(siphash, every_bit_of_key_and_input_counts)
{
	uint8_t key[SIPHASH_KEY] = {0}, data[24] = {0};
	uint64_t plain = siphash(key, data, sizeof(data));
	size_t i;

	for (i = 0; i < 8 * sizeof(key); i++) {
		key[i / 8] ^= (uint8_t)(1 << i % 8);
		cr_expect_neq(siphash(key, data, sizeof(data)), plain);
		key[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i < 8 * sizeof(data); i++) {
		data[i / 8] ^= (uint8_t)(1 << i % 8);
		cr_expect_neq(siphash(key, data, sizeof(data)), plain);
		data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}
