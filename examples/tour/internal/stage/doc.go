// SPDX-License-Identifier: Apache-2.0

// Package stage is the frame of the tour: it runs chapters, each a list of
// steps, and prints of each step the Go that ran, what came back, and what the
// kernel logged meanwhile.
//
// A step is a documented function. Its comment is the text above it, and its
// body is the code that is shown, out of the source that was embedded: nothing
// is written twice, so nothing can differ. Left out are the error checks
// (`if err != nil { return err }`), the last return, and, at the top level of
// the function, the calls of the step's own methods.
//
//	// Who is it? The first record of the log introduces the kernel.
//	func introduce(ctx context.Context, tour *stage.Step) error {
//		log, err := kmsg.Open(nil)
//		if err != nil {
//			return err
//		}
//		...
//		tour.Show(rec.Level, rec.Time) // labelled by the expressions
//		return nil
//	}
//
// What the kernel logs needs no call: it is read after each step. Modules that
// a chapter leaves behind are unloaded after it.
package stage
