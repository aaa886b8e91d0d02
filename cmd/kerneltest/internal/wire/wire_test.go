// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFramesComeBackAsTheyWereSent(t *testing.T) {
	frames := []Frame{
		{Kind: Hello, Text: "6.1.0 #1 SMP"},
		{Kind: Beat},
		{Kind: Start, Job: 3},
		{Kind: Output, Job: 3, Data: []byte("two\nlines\x00\xff{\"k\":\"bye\"}\n")},
		{Kind: Fault, Job: 3, Fault: "warn", Text: "WARNING at x.c:1", Tests: []string{"TestA/sub", "TestB"}, Lines: []string{"a", "", "b\tc\u2028"}},
		{Kind: Done, Job: 3, Exit: 2, Seconds: 0.25},
		{Kind: Bye},
	}
	var buf bytes.Buffer
	w := NewWriter(&buf)
	for _, f := range frames {
		require.NoError(t, w.Send(f))
	}
	require.Equal(t, len(frames), strings.Count(buf.String(), "\n"), "a line a frame, whatever is in it")
	dec := bufio.NewScanner(&buf)
	for _, want := range frames {
		require.True(t, dec.Scan())
		var got Frame
		require.NoError(t, json.Unmarshal(dec.Bytes(), &got))
		require.Equal(t, want, got)
	}
}

func TestSendersDoNotMixTheirFrames(t *testing.T) {
	var buf bytes.Buffer
	w := NewWriter(&buf)
	var wg sync.WaitGroup
	for job := range 4 {
		wg.Go(func() {
			for range 50 {
				_ = w.Send(Frame{Kind: Output, Job: job, Data: bytes.Repeat([]byte{'x'}, 100)})
			}
		})
	}
	wg.Wait()
	n := 0
	for line := range strings.Lines(buf.String()) {
		var f Frame
		require.NoError(t, json.Unmarshal([]byte(line), &f))
		require.Len(t, f.Data, 100)
		n++
	}
	require.Equal(t, 200, n)
}

func TestManifestIsReadBack(t *testing.T) {
	m := Manifest{Lane: "6.1", Transport: []string{"/a.ko"}, Keep: true, Jobs: []Job{{
		Name: "example.org/x", Dir: "/x", Path: "/x.test", Args: []string{"-test.v"}, Env: []string{"A=b"},
		Timeout: time.Minute, Return: []string{"/out"}, Test: true,
	}}}
	text, err := json.Marshal(m)
	require.NoError(t, err)
	var got Manifest
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, m, got)
}
