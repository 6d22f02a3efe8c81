/* SPDX-License-Identifier: ISC */

#include <stdint.h>
