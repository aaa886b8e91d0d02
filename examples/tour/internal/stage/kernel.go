// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/kmsg"
)

// kernel is what the frame itself wants of the kernel.
type kernel interface {
	// listen begins to listen to the log; what it returns ends that and
	// gives what was logged.
	listen() (func() ([]kmsg.Record, error), error)
	// has reports whether a module can be loaded.
	has(module string) bool
	// loaded names the modules, the youngest first.
	loaded() ([]string, error)
	unload(ctx context.Context, module string) error
}

// live is the kernel that the program runs on.
type live struct{}

func (live) listen() (func() ([]kmsg.Record, error), error) {
	log, err := kmsg.Open(&kmsg.Options{From: kmsg.Now})
	if err != nil {
		return nil, err
	}
	return func() (records []kmsg.Record, err error) {
		defer log.Close()
		for rec, e := range log.Pending() {
			if e != nil {
				err = errors.Join(err, e)
				continue
			}
			records = append(records, rec.Clone())
		}
		return records, err
	}, nil
}

func (live) has(module string) bool { return kerneltest.ModulePath(module) != "" }

func (live) loaded() ([]string, error) {
	var names []string
	for st, err := range kmod.Loaded() {
		if err != nil {
			return nil, err
		}
		names = append(names, st.Name)
	}
	return names, nil
}

func (live) unload(ctx context.Context, module string) error { return kmod.Remove(ctx, module) }

// unloadTime is how long a module that was left behind may be in use.
const unloadTime = 10 * time.Second

// sweep unloads the modules that were not there before, and names them. The
// youngest goes first: nothing that is older can depend on it.
func sweep(k kernel, before []string) (left []string, err error) {
	was := map[string]bool{}
	for _, name := range before {
		was[name] = true
	}
	now, err := k.loaded()
	if err != nil {
		return nil, err
	}
	// The steps' own context may have ended.
	ctx, cancel := context.WithTimeout(context.Background(), unloadTime)
	defer cancel()
	for _, name := range now {
		if was[name] {
			continue
		}
		left = append(left, name)
		if e := k.unload(ctx, name); e != nil {
			err = errors.Join(err, fmt.Errorf("left loaded: %w", e))
		}
	}
	return left, err
}
