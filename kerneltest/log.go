// SPDX-License-Identifier: Apache-2.0

package kerneltest

import (
	"errors"
	"strings"
	"testing"

	"github.com/kernlink/kernlink/internal/marker"
	"github.com/kernlink/kernlink/kmsg"
)

// Log returns what was logged since this test began, oldest first, without
// the runner's own markers. In a subtest it is what was logged since the
// top-level test began. The records are the caller's.
//
// It needs a TestMain that calls [Main]. On a host the test is skipped as by
// [Require].
func Log(t testing.TB) []kmsg.Record {
	t.Helper()
	Require(t, VM)
	if current == nil {
		t.Fatal("kerneltest: Log needs a TestMain that calls kerneltest.Main")
	}
	name, _, _ := strings.Cut(t.Name(), "/")
	records, found, err := recordsSince(name)
	if err != nil {
		t.Fatalf("kerneltest: %v", err)
	}
	if !found {
		t.Fatalf("kerneltest: the kernel log no longer holds the beginning of %s: it has logged more than the ring keeps", name)
	}
	return records
}

// recordsSince reads the log from the last marker that says that test began.
func recordsSince(test string) (records []kmsg.Record, found bool, err error) {
	log, err := kmsg.Open(nil)
	if err != nil {
		return nil, false, err
	}
	defer log.Close()
	for rec, err := range log.Pending() {
		if _, lost := errors.AsType[*kmsg.Gap](err); lost {
			// The ring turned round below the reader: what it held is gone,
			// perhaps with the marker.
			records, found = nil, false
			continue
		}
		if err != nil {
			return nil, false, err
		}
		e, isMarker := marker.Parse(string(rec.Text))
		switch {
		case isMarker && e.Kind == marker.Run && e.Test == test:
			records, found = nil, true
		case found && !isMarker:
			records = append(records, rec.Clone())
		}
	}
	return records, found, nil
}
