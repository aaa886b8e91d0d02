// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package sys

import "errors"

const CWD = -100

const (
	ProcMagic   = 0x9fa0
	SysfsMagic  = 0x62656572
	ConfigMagic = 0x62656570
	DebugMagic  = 0x64626720
	TraceMagic  = 0x74726163
	NSMagic     = 0x6e736673

	PollIn  = 1
	PollPri = 2
	PollErr = 8
	PollHup = 16

	PollEdge = 1 << 31
)

// Ready is what one descriptor of an epoll set is ready for.
type Ready struct {
	ID     int32
	Events uint32
}

func ReadDir(int, []byte) (int, error)            { return 0, errors.ErrUnsupported }
func ReadLinkAt(int, string, []byte) (int, error) { return 0, errors.ErrUnsupported }
func OpenAtZ(int, []byte, int) (int, error)       { return -1, errors.ErrUnsupported }
func StatAt(int, string, bool) (Stat, error)      { return Stat{}, errors.ErrUnsupported }
func Fstat(int) (Stat, error)                     { return Stat{}, errors.ErrUnsupported }
func StatfsType(int) (int64, error)               { return 0, errors.ErrUnsupported }
func IsMount(int, string) (bool, error)           { return false, errors.ErrUnsupported }
func Access(int, string, uint32) error            { return errors.ErrUnsupported }
func Pwrite(int, []byte, int64) (int, error)      { return 0, errors.ErrUnsupported }
func Poll(int, int16, int) (int16, error)         { return 0, errors.ErrUnsupported }
func NewEpoll(int, uint32) (int, error)           { return -1, errors.ErrUnsupported }
func DrainEpoll(int) bool                         { return false }
func NewEpollSet() (int, error)                   { return -1, errors.ErrUnsupported }
func EpollAdd(int, int, uint32, int32) error      { return errors.ErrUnsupported }
func EpollDel(int, int) error                     { return errors.ErrUnsupported }
func EpollReady(int, []Ready) int                 { return 0 }
func Pipe() (int, int, error)                     { return -1, -1, errors.ErrUnsupported }
func Splice(int, int, int) (int, error)           { return 0, errors.ErrUnsupported }
func PidfdOpen(int) (int, error)                  { return -1, errors.ErrUnsupported }
func PidfdSignal(int, int) error                  { return errors.ErrUnsupported }
func InNetNS(int, func()) error                   { return errors.ErrUnsupported }
func EpollEvents(int) uint32                      { return 0 }

func OpenBeneath(int, string, int) (int, error)    { return -1, errors.ErrUnsupported }
func OpenBeneathZ(int, []byte, int) (int, error)   { return -1, errors.ErrUnsupported }
func OpenSameMount(int, string, int) (int, error)  { return -1, errors.ErrUnsupported }
func NewMount(string, ...[2]string) (int, error)   { return -1, errors.ErrUnsupported }
func CloneMount(string) (int, error)               { return -1, errors.ErrUnsupported }
func (*MapQuery) Find(maps int, addr uint64) error { return errors.ErrUnsupported }
