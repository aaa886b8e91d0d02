// SPDX-License-Identifier: Apache-2.0

package procfs

import "time"

// Uptime is /proc/uptime, to the hundredth of a second. Up counts the time
// that the machine was asleep, as CLOCK_BOOTTIME does. Idle is the sum over
// all CPUs.
type Uptime struct{ Up, Idle time.Duration }

// ParseUptime reads the text of /proc/uptime into *dst. errors.Is finds
// [ErrMalformed] for bytes that are no such text. It allocates for an error
// only.
func ParseUptime(b []byte, dst *Uptime) error {
	if problem := parseUptime(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseUptime(b []byte, dst *Uptime) (problem string) {
	r := row{b: b}
	const hundredth = time.Second / 100
	*dst = Uptime{Up: time.Duration(r.fixed()) * hundredth, Idle: time.Duration(r.fixed()) * hundredth}
	if r.bad || r.count < 2 {
		return "not two times"
	}
	return ""
}

// Uptime reads /proc/uptime: it opens the file, reads it, and closes it.
func (f *FS) Uptime() (u Uptime, err error) {
	err = once(f, systemUptime, &u, parseUptime)
	return u, err
}

// ReadUptimeInto reads /proc/uptime into *dst, as [FS.ReadMeminfoInto] does.
func (f *FS) ReadUptimeInto(dst *Uptime) error {
	k := &f.kept[systemUptime]
	k.mu.Lock()
	defer k.mu.Unlock()
	b, err := f.text(systemUptime)
	if err != nil {
		return err
	}
	return f.parsed(systemUptime, b, parseUptime(b, dst))
}
