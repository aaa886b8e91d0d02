// SPDX-License-Identifier: Apache-2.0

//kerneltest:need kmods=dummy tools=ip,pahole files=../../../../../LICENSE

package client_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/cmd/kerneltest/testdata/features/client"
	"github.com/kernlink/kernlink/kerneltest"
)

var word = flag.String("word", "", "what -args gives")

func TestMain(m *testing.M) { kerneltest.Main(m) }

func TestStandsInItsFolderWithItsTestdata(t *testing.T) {
	text, err := os.ReadFile("testdata/greeting.txt")
	require.NoError(t, err)
	require.Equal(t, "from testdata\n", string(text))
	_, err = os.Stat("client.go")
	require.NoError(t, err)
}

func TestLoadsAModuleOfTheKernels(t *testing.T) {
	kerneltest.Load(t, "dummy", "numdummies=1")
	out, err := exec.Command("ip", "-brief", "link", "show", "dummy0").CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "dummy0")
}

func TestHasProgramsThatTheHostLacks(t *testing.T) {
	out, err := exec.Command("pahole", "--version").CombinedOutput()
	require.NoError(t, err, string(out))
	require.Regexp(t, `^v\d`, string(out))
}

func TestHasTheFileThatWasAskedFor(t *testing.T) {
	text, err := os.ReadFile("../../../../../LICENSE")
	require.NoError(t, err)
	require.Contains(t, string(text), "Apache License")
}

func TestLogHoldsWhatThisTestLogged(t *testing.T) {
	mark := fmt.Sprintf("client: %d", time.Now().UnixNano())
	require.NoError(t, os.WriteFile("/dev/kmsg", []byte("<6>"+mark+"\n"), 0))
	var texts []string
	for _, rec := range kerneltest.Log(t) {
		texts = append(texts, rec.Text.String())
	}
	require.Equal(t, []string{mark}, texts)
}

func TestRequireSeesWhatTheKernelHas(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Root, kerneltest.Kernel(6, 0), kerneltest.Module("dummy"),
		kerneltest.Capability("CAP_SYS_ADMIN"), kerneltest.Config("CONFIG_NET"), kerneltest.Program("ip"))
}

func TestArgs(t *testing.T) {
	if *word == "" {
		return
	}
	fmt.Println("the word is", *word, "on", runtime.NumCPU(), "CPUs")
}

func TestAdd(t *testing.T) { require.Equal(t, 5, client.Add(2, 3)) }

func TestStreams(t *testing.T) {
	for i := range 3 {
		fmt.Println(strings.Repeat("line ", 3), i)
	}
}

func BenchmarkAdd(b *testing.B) {
	for b.Loop() {
		client.Add(1, 2)
	}
}

func ExampleAdd() {
	fmt.Println(client.Add(1, 2))
	// Output: 3
}
