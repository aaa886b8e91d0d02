// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// TriggerOptions are what goes with a synthetic uevent; nil and the zero value
// are the defaults.
type TriggerOptions struct {
	// UUID is that of the event, for who waits for just this one:
	// "fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed". "" is a random one.
	UUID string

	// Env are properties of the event, which show as SYNTH_ARG_KEY. The kernel
	// takes letters and digits only, in the key and in the value, and neither
	// may be empty.
	Env map[string]string
}

// Trigger makes a synthetic uevent: the kernel sends the object's event once
// more, as if the action ("change", "add", "remove", "move", "online",
// "offline", "bind", "unbind") had just been done, with SYNTH_UUID among its
// properties. It returns the UUID. Nothing else happens to the object: it is
// for those who listen (udev applies its rules anew).
//
// It is a call: the event has been sent when it returns, and nobody may have
// looked at it yet. Not every object has events; those of devices, drivers,
// buses and modules do.
//
// errors.Is finds [fs.ErrInvalid] for an action, a UUID or an Env that cannot
// be one, before the kernel sees it, and for more of it than an event has room
// for; EINVAL for an action that this kernel does not know;
// [kernlink.ErrGone]; [kernlink.ErrRestricted] for those who are not root;
// [fs.ErrNotExist] for an object without events.
//
// Linux 4.13 and newer. The form is in
// Documentation/ABI/testing/sysfs-uevent.
func (o *Object) Trigger(action string, opts *TriggerOptions) (uuid string, err error) {
	if opts == nil {
		opts = new(TriggerOptions)
	}
	file := o.Attr("uevent")
	uuid = cmp.Or(opts.UUID, newUUID())
	text, err := appendTrigger(nil, action, uuid, opts.Env)
	if err == nil {
		err = o.checkRoom(uuid, opts.Env)
	}
	if err != nil {
		return "", failure("trigger", file.Path(), err)
	}
	err = attr.Set(file, string(text))
	if e, ok := errors.AsType[*kernlink.Error](err); ok {
		said := *e
		said.Op = "trigger"
		if errors.Is(err, syscall.EINVAL) {
			said.Hint = "the kernel does not know the action " + action + ", or is older than 4.13"
		}
		return "", &said
	}
	return uuid, err
}

// What an event has room for (include/linux/kobject.h). The kernel warns of a
// fault of its own when that is not enough, so it must not come to that.
const (
	maxEventKeys  = 64
	maxEventBytes = 2048
)

// checkRoom sees that an event has room for env beside what it has already.
func (o *Object) checkRoom(uuid string, env map[string]string) error {
	if len(env) == 0 {
		return nil
	}
	keys, size := len(env), 0
	for key, value := range env {
		size += len("SYNTH_ARG_=\x00") + len(key) + len(value)
	}
	// Those of devices are seen; those of others can only be written, and have
	// nothing more than these.
	text, _ := o.Attr("uevent").Read()
	for _, own := range []string{
		"ACTION=offline", "DEVPATH=/" + o.path, "SUBSYSTEM=" + strings.Repeat("x", 64),
		"SEQNUM=18446744073709551615", "SYNTH_UUID=" + uuid, string(text),
	} {
		keys += 1 + strings.Count(own, "\n")
		size += 1 + len(own)
	}
	if keys > maxEventKeys || size > maxEventBytes {
		return fmt.Errorf("%w: Env is more than an event has room for", fs.ErrInvalid)
	}
	return nil
}

// appendTrigger appends what is written to an attribute "uevent" to make a
// synthetic event: "change fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed A=1 B=2". The
// keys of env are in their order.
//
// errors.Is finds [fs.ErrInvalid] for what the kernel would not take.
func appendTrigger(dst []byte, action, uuid string, env map[string]string) ([]byte, error) {
	if !all(action, isLower) {
		return dst, fmt.Errorf("%w: action %q", fs.ErrInvalid, action)
	}
	if !isUUID(uuid) {
		return dst, fmt.Errorf("%w: UUID %q", fs.ErrInvalid, uuid)
	}
	text := append(append(append(dst, action...), ' '), uuid...)
	for _, key := range slices.Sorted(maps.Keys(env)) {
		value := env[key]
		if !all(key, isAlphanumeric) || !all(value, isAlphanumeric) {
			return dst, fmt.Errorf("%w: %q=%q: the kernel takes letters and digits", fs.ErrInvalid, key, value)
		}
		text = append(append(append(append(text, ' '), key...), '='), value...)
	}
	return text, nil
}

// all reports whether s is of such bytes, and of some.
func all(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return s != ""
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func isAlphanumeric(c byte) bool { return isDigit(c) || isLower(c|0x20) }

// isUUID takes the one form that the kernel takes.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if !isHex(s[i]) {
				return false
			}
		}
	}
	return true
}

// newUUID is a random one (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
