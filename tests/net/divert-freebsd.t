#!/bin/sh
# SPDX-License-Identifier: ISC
#
# edit.t with FreeBSD's backend, over libdivert.

LAB_DIVERT=freebsd
export LAB_DIVERT
# shellcheck source=tests/net/edit.t
. tests/net/edit.t
