#!/bin/sh
# SPDX-License-Identifier: ISC
#
# sessions.t with FreeBSD's backend, over libdivert.

LAB_DIVERT=freebsd
export LAB_DIVERT
# shellcheck source=tests/net/sessions.t
. tests/net/sessions.t
