/* SPDX-License-Identifier: ISC */

#ifndef BSD_PWD_H
#define BSD_PWD_H

typedef unsigned int uid_t, gid_t;
struct passwd {
	char *pw_name;
	uid_t pw_uid;
	gid_t pw_gid;
};
struct passwd *getpwnam(const char *);

#endif
