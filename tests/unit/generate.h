/* Random prefixes and addresses that meet each other: for properties that hold of all. The same
 * seed gives the same. */
#ifndef TESTS_GENERATE_H
#define TESTS_GENERATE_H

#include "net/address.h"
#include "net/ranges.h"

unsigned generate_number(unsigned *seed);

/* Of the family, or of either with AF_UNSPEC; many lie within each other or side by side. */
struct prefix generate_prefix(unsigned *seed, sa_family_t family);

/* An address of the family, or of either with AF_UNSPEC: mostly one at an edge of r, first, last or
 * beside it. */
struct address generate_address(unsigned *seed, sa_family_t family, const struct ranges *r);

#endif
