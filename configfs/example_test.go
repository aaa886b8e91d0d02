// SPDX-License-Identifier: Apache-2.0

//go:build linux

package configfs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/configfs"
)

// An ordinary folder stands for configfs in the tests of one's own code, and a
// function for the driver.
func ExampleOpenAt() {
	root, err := os.MkdirTemp("", "configfs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(root)
	if err := os.Mkdir(filepath.Join(root, "nullb"), 0o755); err != nil {
		fmt.Println(err)
		return
	}
	cfg, err := configfs.OpenAt(root, &configfs.Options{
		Attributes: func(path string) map[string]string {
			return map[string]string{"size": "250\n", "memory_backed": "0\n", "power": "0\n"}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cfg.Close()

	disk := configfs.Item{
		Path:       "nullb/disk0",
		Set:        []configfs.Attr{{"size", 64}, {"memory_backed", true}},
		Activate:   []configfs.Attr{{"power", true}},
		Deactivate: []configfs.Attr{{"power", false}},
	}
	for _, size := range []int{64, 64, 128} {
		disk.Set[0].Value = size
		plan, err := cfg.Plan(disk)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(plan)
		if err := plan.Apply(context.Background()); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println()
	}
	item, err := cfg.Node("nullb/disk0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer item.Remove()
	size, err := attr.Get[int](item.Attr("size"))
	fmt.Println(size, err)
	// Output:
	// make nullb/disk0
	// set nullb/disk0/size = 64
	// set nullb/disk0/memory_backed = 1
	// activate nullb/disk0/power = 1
	//
	// nothing to do
	//
	// deactivate nullb/disk0/power = 0 (was 1)
	// set nullb/disk0/size = 128 (was 64)
	// activate nullb/disk0/power = 1
	//
	// 128 <nil>
}

// A description is JSON, and so may be a file.
func ExampleItem() {
	text := `{
		"path": "nvmet/subsystems/test",
		"set": [{"name": "attr_allow_any_host", "value": true}],
		"items": [{
			"path": "namespaces/1",
			"set": [{"name": "device_path", "value": "/dev/nullb0"}],
			"activate": [{"name": "enable", "value": 1}]
		}]
	}`
	var item configfs.Item
	if err := json.Unmarshal([]byte(text), &item); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(item.Items[0].Path, item.Items[0].Set[0].Value)
	// Output:
	// namespaces/1 /dev/nullb0
}

func ExampleBusyError() {
	var err error = &configfs.BusyError{Links: []string{"nvmet/subsystems/test/allowed_hosts/host1"}} // of a Remove
	if busy, ok := errors.AsType[*configfs.BusyError](err); ok {
		fmt.Println("first unlink", busy.Links[0])
	}
	// Output:
	// first unlink nvmet/subsystems/test/allowed_hosts/host1
}
