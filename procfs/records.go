// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
	"iter"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/lines"
)

// Records goes through a file whose lines are records, as seq_file makes them:
// /proc/net/tcp, a module's own entry. parse gets a line without its newline,
// whose memory is borrowed until it returns; the last line may lack the
// newline. Lines may be as long as they like, up to 64 MiB.
//
// It is no snapshot. The kernel hands out about a page at a time and takes its
// locks anew for each, so what is added or removed meanwhile may be missing,
// or come twice.
//
// An error of parse stands in the place of its record, wrapped, and the loop
// goes on. An error of reading is the last thing yielded: errors.Is finds
// [kernlink.ErrGone] when the module that made the file went away,
// [kernlink.ErrRestricted], [fs.ErrNotExist], [fs.ErrInvalid] for a path that
// is none. The file is opened when the loop begins, and closed when it ends.
//
// It allocates a buffer for the whole loop.
func Records[T any](f attr.File, parse func(line []byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		fd, err := f.Open()
		if err != nil {
			yield(none, err)
			return
		}
		text := lines.New(fd)
		defer text.Close()
		for {
			b, err := text.Next()
			if err != nil {
				yield(none, f.ReadFailure("read", fd, err))
				return
			}
			if b == nil {
				return
			}
			v, err := parse(b)
			if err != nil {
				err = &kernlink.Error{Channel: channel, Op: "parse", Path: f.Path(), Err: fmt.Errorf("%w: %q", err, shown(b))}
			}
			if !yield(v, err) {
				return
			}
		}
	}
}
