/*
 * Sensors on whole ranges: the ports that other services have are taken out of them, so that
 * "1-1023/tcp" means all that are not used.
 */
#ifndef CONFIG_CARVE_H
#define CONFIG_CARVE_H

struct conf;

/* Of the enabled services; before overlap_check, which then finds nothing that meets. 0 or -ENOMEM.
 */
int carve_sensors(struct conf *conf);

#endif
