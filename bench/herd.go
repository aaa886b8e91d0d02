// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strconv"
	"strings"
)

// herd is a process whose children sleep, to be looked at.
type herd struct {
	*program
	pid int
}

// sleepers returns the herd, which the rows share. It ends with this process.
func (b *bench) sleepers() (*herd, error) {
	if b.herd != nil {
		return b.herd, nil
	}
	p, err := b.start("herd", nil, strconv.Itoa(b.processes))
	if err != nil {
		return nil, err
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.close()
		return nil, p.died(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		p.close()
		return nil, err
	}
	b.herd = &herd{p, pid}
	return b.herd, nil
}
