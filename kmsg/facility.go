// SPDX-License-Identifier: Apache-2.0

package kmsg

import "strconv"

// Facility is which part of the system a record comes from. Only the kernel
// itself logs as [Kern].
type Facility uint8

// The facilities of syslog(3). The kernel takes any number from 1 to 255 from
// user space and gives it no meaning.
const (
	Kern     Facility = 0
	User     Facility = 1
	Mail     Facility = 2
	Daemon   Facility = 3
	Auth     Facility = 4
	Syslog   Facility = 5
	Lpr      Facility = 6
	News     Facility = 7
	UUCP     Facility = 8
	Cron     Facility = 9
	AuthPriv Facility = 10
	FTP      Facility = 11
	Local0   Facility = 16
	Local1   Facility = 17
	Local2   Facility = 18
	Local3   Facility = 19
	Local4   Facility = 20
	Local5   Facility = 21
	Local6   Facility = 22
	Local7   Facility = 23
)

// String returns dmesg's word for it (kern, user, ..., local7), or the number
// where there is none. It does not allocate for the words.
func (f Facility) String() string {
	switch {
	case f <= FTP:
		return [...]string{"kern", "user", "mail", "daemon", "auth", "syslog",
			"lpr", "news", "uucp", "cron", "authpriv", "ftp"}[f]
	case Local0 <= f && f <= Local7:
		return [...]string{"local0", "local1", "local2", "local3",
			"local4", "local5", "local6", "local7"}[f-Local0]
	}
	return strconv.Itoa(int(f))
}
