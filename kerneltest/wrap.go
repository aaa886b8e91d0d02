// SPDX-License-Identifier: Apache-2.0

package kerneltest

import (
	"fmt"
	"reflect"
	"testing"
)

// wrap puts the watch around every top-level function that m will run.
// Package testing has no hook for that; the lists are unexported fields of M,
// whose element types are exported. They are reached by reflection, and only
// while they have just the type that is expected.
func (w *watch) wrap(m *testing.M) error {
	tests, err := listOf[testing.InternalTest](m, "tests")
	if err != nil {
		return err
	}
	for i, t := range tests {
		tests[i].F = w.test(t.Name, t.F)
	}
	benchmarks, err := listOf[testing.InternalBenchmark](m, "benchmarks")
	if err != nil {
		return err
	}
	for i, b := range benchmarks {
		benchmarks[i].F = w.benchmark(b.Name, b.F)
	}
	targets, err := listOf[testing.InternalFuzzTarget](m, "fuzzTargets")
	if err != nil {
		return err
	}
	for i, f := range targets {
		targets[i].Fn = w.fuzzTarget(f.Name, f.Fn)
	}
	examples, err := listOf[testing.InternalExample](m, "examples")
	if err != nil {
		return err
	}
	for i, e := range examples {
		examples[i].F = w.example(e.Name, e.F)
	}
	return nil
}

// listOf returns the slice in the unexported field name of m: the slice
// itself, so that its elements can be set.
func listOf[T any](m *testing.M, name string) ([]T, error) {
	field := reflect.ValueOf(m).Elem().FieldByName(name)
	if !field.IsValid() || field.Type() != reflect.TypeFor[[]T]() {
		return nil, fmt.Errorf("testing.M of this Go version has no field %s of type %v", name, reflect.TypeFor[[]T]())
	}
	if field.Len() == 0 {
		return nil, nil
	}
	array := reflect.NewAt(reflect.ArrayOf(field.Len(), reflect.TypeFor[T]()), field.UnsafePointer())
	return array.Elem().Slice(0, field.Len()).Interface().([]T), nil
}

func (w *watch) test(name string, f func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) {
		span := w.begin(name)
		// Registered first, so it runs last: after the test's own clean-up.
		t.Cleanup(func() { w.end(span, t) })
		f(t)
	}
}

func (w *watch) benchmark(name string, f func(*testing.B)) func(*testing.B) {
	return func(b *testing.B) {
		b.StopTimer() // the watch is not what is measured
		span := w.begin(name)
		b.Cleanup(func() {
			b.StopTimer()
			w.end(span, b)
		})
		b.StartTimer()
		f(b)
	}
}

func (w *watch) fuzzTarget(name string, f func(*testing.F)) func(*testing.F) {
	return func(t *testing.F) {
		span := w.begin(name)
		t.Cleanup(func() { w.end(span, t) })
		f(t)
	}
}

func (w *watch) example(name string, f func()) func() {
	return func() {
		span := w.begin(name)
		defer func() { w.end(span, nil) }()
		f()
	}
}
