// SPDX-License-Identifier: Apache-2.0

package relay

// heap has the streams that have a record, the oldest on top. Of two that are
// as old, the one of the lower CPU is.
type heap[T any] struct{ s []*stream[T] }

func (h *heap[T]) len() int        { return len(h.s) }
func (h *heap[T]) top() *stream[T] { return h.s[0] }

func (h *heap[T]) less(i, j int) bool {
	a, b := h.s[i], h.s[j]
	return a.stamp < b.stamp || a.stamp == b.stamp && a.b.cpu < b.b.cpu
}

func (h *heap[T]) push(s *stream[T]) {
	h.s = append(h.s, s)
	for i := len(h.s) - 1; i > 0 && h.less(i, (i-1)/2); i = (i - 1) / 2 {
		h.s[i], h.s[(i-1)/2] = h.s[(i-1)/2], h.s[i]
	}
}

func (h *heap[T]) pop() {
	n := len(h.s) - 1
	h.s[0], h.s[n] = h.s[n], nil
	h.s = h.s[:n]
	h.fix()
}

// fix puts the top where it belongs, after its stamp grew.
func (h *heap[T]) fix() {
	for i := 0; ; {
		least := i
		for _, j := range [2]int{2*i + 1, 2*i + 2} {
			if j < len(h.s) && h.less(j, least) {
				least = j
			}
		}
		if least == i {
			return
		}
		h.s[i], h.s[least] = h.s[least], h.s[i]
		i = least
	}
}
