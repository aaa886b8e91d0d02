// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"

	"github.com/kernlink/kernlink/internal/decimal"
)

// Key is a line of /proc/keys, as proc_keys(5) has it: a key of the kernel's
// that the caller may see. What it holds is borrowed.
type Key struct {
	Serial      uint32
	Flags       Text   // I instantiated, R revoked, D dead, Q in a quota, U under construction, N negative, i invalidated
	Usage       uint64 // who refers to it
	Timeout     Text   // perm, expd, or when it expires: 3d
	Permissions uint32
	UID, GID    int  // -1 for one that the caller's user namespace does not know
	Type        Text // at most nine bytes of it: asymmetri
	Description Text
}

// ParseKey reads one line of /proc/keys. What it returns borrows from b.
// errors.Is finds [ErrMalformed] for bytes that are no such line. It allocates
// for an error only.
func ParseKey(b []byte) (Key, error) { return one(b, parseKey) }

func parseKey(b []byte) (k Key, problem string) {
	r := row{b: b}
	var oks [2]bool
	k.Serial, oks[0] = widthOf32(r.hex(), true)
	k.Flags, k.Usage, k.Timeout = r.text(), r.uint64(), r.text()
	k.Permissions, oks[1] = widthOf32(r.hex(), true)
	k.UID, k.GID, k.Type = r.int(), r.int(), r.text()
	if k.Description = r.rest(); r.bad || !oks[0] || !oks[1] || r.count < 8 {
		return k, "not a serial number, flags, numbers and a type"
	}
	return k, ""
}

// Keys goes through /proc/keys. What a Key holds is borrowed until the next
// turn.
//
// errors.Is finds [kernlink.ErrNotSupported] in a kernel without CONFIG_KEYS;
// the other errors in the loop are those of [Records].
func (f *FS) Keys() iter.Seq2[Key, error] {
	return table(f.Entry("keys"), "it needs CONFIG_KEYS", func() parser[Key] { return plain(parseKey) })
}

// KeyUser is a line of /proc/key-users: what keys a user has.
type KeyUser struct {
	UID                int
	Usage              uint64
	Keys, Instantiated uint64
	QuotaKeys, MaxKeys uint64
	QuotaBytes         uint64
	MaxBytes           uint64
}

// ParseKeyUser reads one line of /proc/key-users. errors.Is finds
// [ErrMalformed] for bytes that are no such line. It allocates for an error
// only.
func ParseKeyUser(b []byte) (KeyUser, error) { return one(b, parseKeyUser) }

func parseKeyUser(b []byte) (u KeyUser, problem string) {
	user, rest, _ := bytes.Cut(b, []byte(":"))
	var ok bool
	if u.UID, ok = narrow[int](signed(trimBlanks(user))); !ok {
		return u, "no user"
	}
	r := row{b: rest}
	u.Usage = r.uint64()
	u.Keys, u.Instantiated = r.pair()
	u.QuotaKeys, u.MaxKeys = r.pair()
	u.QuotaBytes, u.MaxBytes = r.pair()
	if r.bad || r.count < 4 {
		return u, "not four counts"
	}
	return u, ""
}

// pair takes two numbers with a slash between them.
func (r *row) pair() (a, b uint64) {
	first, second, ok := bytes.Cut(r.text(), []byte("/"))
	a, ok1 := decimal.Parse(first)
	b, ok2 := decimal.Parse(second)
	r.bad = r.bad || !ok || !ok1 || !ok2
	return a, b
}

// KeyUsers goes through /proc/key-users. The errors in the loop are those of
// [FS.Keys].
func (f *FS) KeyUsers() iter.Seq2[KeyUser, error] {
	return table(f.Entry("key-users"), "it needs CONFIG_KEYS", func() parser[KeyUser] { return plain(parseKeyUser) })
}
