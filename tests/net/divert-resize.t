#!/bin/sh
# SPDX-License-Identifier: ISC
#
# resize.t with FreeBSD's backend, over libdivert.

LAB_DIVERT=freebsd
export LAB_DIVERT
# shellcheck source=tests/net/resize.t
. tests/net/resize.t
