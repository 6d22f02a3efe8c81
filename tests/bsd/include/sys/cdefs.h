/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_CDEFS_H
#define BSD_SYS_CDEFS_H

#define __BEGIN_DECLS
#define __END_DECLS

#endif
