// SPDX-License-Identifier: Apache-2.0

// Package wire is what host and guest say to each other: the manifest that
// the guest finds in its initramfs, and the frames that it sends back, one
// JSON object a line, over a virtio-serial port or, where the guest's kernel
// has none, over its second serial line.
package wire

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// Paths inside the guest.
const (
	ManifestPath = "/kerneltest/manifest.json"
	ModulesDir   = "/kerneltest/modules" // the modules that were built for this run
	OutDir       = "/kerneltest/out"     // files that a job leaves for the host
)

// PortName is the name of the virtio-serial port that carries the frames.
const PortName = "kerneltest"

// Manifest tells the guest what to do, in order.
type Manifest struct {
	Lane      string
	Transport []string // module files to load before the port can be opened
	Jobs      []Job
	Keep      bool // give a shell on the console when the jobs are done
}

// Job is one program to run: a package's test binary or any other program.
type Job struct {
	Name    string // import path
	Dir     string
	Path    string
	Args    []string
	Env     []string
	Timeout time.Duration // the guest ends the job this long after it began; 0: never
	Return  []string      // files to send back when it has ended
	Test    bool          // a test binary, judged by what it leaves behind
}

// Kind says what a frame is.
type Kind string

// The kinds of frame, in the order in which a run sends them.
const (
	Hello  Kind = "hello" // the guest is up; Text is its kernel's release and version
	Beat   Kind = "beat"  // it still is
	Start  Kind = "start" // job Job begins
	Output Kind = "out"   // what the job printed
	Fault  Kind = "fault" // the kernel or the job's remains fail the job
	File   Kind = "file"  // a file of the job's; Text is its name
	Done   Kind = "done"  // the job has ended with status Exit after Seconds
	Stuck  Kind = "stuck" // a job cannot be ended: the guest can do no more
	Note   Kind = "note"  // something the guest could not do and went on without
	Shell  Kind = "shell" // a shell is on the console now
	Bye    Kind = "bye"   // all jobs are done and nothing more will come
)

// Frame is one message of the guest.
type Frame struct {
	Kind    Kind     `json:"k"`
	Job     int      `json:"j,omitempty"`
	Text    string   `json:"t,omitempty"`
	Data    []byte   `json:"d,omitempty"`
	Tests   []string `json:"tests,omitempty"`
	Lines   []string `json:"lines,omitempty"`
	Fault   string   `json:"fault,omitempty"`
	Exit    int      `json:"x,omitempty"`
	Seconds float64  `json:"s,omitempty"`
}

// Writer sends frames; it may be shared by goroutines.
type Writer struct {
	mu sync.Mutex
	w  io.Writer
}

// NewWriter returns a Writer on w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Send writes one frame as one line.
func (w *Writer) Send(f Frame) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	b = append(b, '\n')
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err = w.w.Write(b)
	return err
}
