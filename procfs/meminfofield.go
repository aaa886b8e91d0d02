// SPDX-License-Identifier: Apache-2.0

package procfs

// MeminfoField names a field of [Meminfo] for [Meminfo.Has].
type MeminfoField uint

// The fields of [Meminfo], in the kernel's order.
const (
	MeminfoMemTotal MeminfoField = iota
	MeminfoMemFree
	MeminfoMemAvailable
	MeminfoBuffers
	MeminfoCached
	MeminfoSwapCached
	MeminfoActive
	MeminfoInactive
	MeminfoActiveAnon
	MeminfoInactiveAnon
	MeminfoActiveFile
	MeminfoInactiveFile
	MeminfoUnevictable
	MeminfoMlocked
	MeminfoHighTotal
	MeminfoHighFree
	MeminfoLowTotal
	MeminfoLowFree
	MeminfoSwapTotal
	MeminfoSwapFree
	MeminfoZswap
	MeminfoZswapped
	MeminfoDirty
	MeminfoWriteback
	MeminfoAnonPages
	MeminfoMapped
	MeminfoShmem
	MeminfoKReclaimable
	MeminfoSlab
	MeminfoSReclaimable
	MeminfoSUnreclaim
	MeminfoKernelStack
	MeminfoShadowCallStack
	MeminfoPageTables
	MeminfoSecPageTables
	MeminfoNFSUnstable
	MeminfoBounce
	MeminfoWritebackTmp
	MeminfoCommitLimit
	MeminfoCommittedAS
	MeminfoVmallocTotal
	MeminfoVmallocUsed
	MeminfoVmallocChunk
	MeminfoPercpu
	MeminfoEarlyMemtestBad
	MeminfoHardwareCorrupted
	MeminfoAnonHugePages
	MeminfoShmemHugePages
	MeminfoShmemPmdMapped
	MeminfoFileHugePages
	MeminfoFilePmdMapped
	MeminfoCmaTotal
	MeminfoCmaFree
	MeminfoUnaccepted
	MeminfoBalloon
	MeminfoGPUActive
	MeminfoGPUReclaim
	MeminfoHugePagesTotal
	MeminfoHugePagesFree
	MeminfoHugePagesRsvd
	MeminfoHugePagesSurp
	MeminfoHugepagesize
	MeminfoHugetlb
	MeminfoDirectMap4k
	MeminfoDirectMap64k
	MeminfoDirectMap1M
	MeminfoDirectMap2M
	MeminfoDirectMap4M
	MeminfoDirectMap1G
	MeminfoDirectMap2G

	meminfoFields
)

// String is the kernel's name of the field: "Active(anon)".
func (f MeminfoField) String() string {
	if f < meminfoFields {
		return meminfoNames[f]
	}
	return "field"
}

var meminfoNames = [meminfoFields]string{
	MeminfoMemTotal:          "MemTotal",
	MeminfoMemFree:           "MemFree",
	MeminfoMemAvailable:      "MemAvailable",
	MeminfoBuffers:           "Buffers",
	MeminfoCached:            "Cached",
	MeminfoSwapCached:        "SwapCached",
	MeminfoActive:            "Active",
	MeminfoInactive:          "Inactive",
	MeminfoActiveAnon:        "Active(anon)",
	MeminfoInactiveAnon:      "Inactive(anon)",
	MeminfoActiveFile:        "Active(file)",
	MeminfoInactiveFile:      "Inactive(file)",
	MeminfoUnevictable:       "Unevictable",
	MeminfoMlocked:           "Mlocked",
	MeminfoHighTotal:         "HighTotal",
	MeminfoHighFree:          "HighFree",
	MeminfoLowTotal:          "LowTotal",
	MeminfoLowFree:           "LowFree",
	MeminfoSwapTotal:         "SwapTotal",
	MeminfoSwapFree:          "SwapFree",
	MeminfoZswap:             "Zswap",
	MeminfoZswapped:          "Zswapped",
	MeminfoDirty:             "Dirty",
	MeminfoWriteback:         "Writeback",
	MeminfoAnonPages:         "AnonPages",
	MeminfoMapped:            "Mapped",
	MeminfoShmem:             "Shmem",
	MeminfoKReclaimable:      "KReclaimable",
	MeminfoSlab:              "Slab",
	MeminfoSReclaimable:      "SReclaimable",
	MeminfoSUnreclaim:        "SUnreclaim",
	MeminfoKernelStack:       "KernelStack",
	MeminfoShadowCallStack:   "ShadowCallStack",
	MeminfoPageTables:        "PageTables",
	MeminfoSecPageTables:     "SecPageTables",
	MeminfoNFSUnstable:       "NFS_Unstable",
	MeminfoBounce:            "Bounce",
	MeminfoWritebackTmp:      "WritebackTmp",
	MeminfoCommitLimit:       "CommitLimit",
	MeminfoCommittedAS:       "Committed_AS",
	MeminfoVmallocTotal:      "VmallocTotal",
	MeminfoVmallocUsed:       "VmallocUsed",
	MeminfoVmallocChunk:      "VmallocChunk",
	MeminfoPercpu:            "Percpu",
	MeminfoEarlyMemtestBad:   "EarlyMemtestBad",
	MeminfoHardwareCorrupted: "HardwareCorrupted",
	MeminfoAnonHugePages:     "AnonHugePages",
	MeminfoShmemHugePages:    "ShmemHugePages",
	MeminfoShmemPmdMapped:    "ShmemPmdMapped",
	MeminfoFileHugePages:     "FileHugePages",
	MeminfoFilePmdMapped:     "FilePmdMapped",
	MeminfoCmaTotal:          "CmaTotal",
	MeminfoCmaFree:           "CmaFree",
	MeminfoUnaccepted:        "Unaccepted",
	MeminfoBalloon:           "Balloon",
	MeminfoGPUActive:         "GPUActive",
	MeminfoGPUReclaim:        "GPUReclaim",
	MeminfoHugePagesTotal:    "HugePages_Total",
	MeminfoHugePagesFree:     "HugePages_Free",
	MeminfoHugePagesRsvd:     "HugePages_Rsvd",
	MeminfoHugePagesSurp:     "HugePages_Surp",
	MeminfoHugepagesize:      "Hugepagesize",
	MeminfoHugetlb:           "Hugetlb",
	MeminfoDirectMap4k:       "DirectMap4k",
	MeminfoDirectMap64k:      "DirectMap64k",
	MeminfoDirectMap1M:       "DirectMap1M",
	MeminfoDirectMap2M:       "DirectMap2M",
	MeminfoDirectMap4M:       "DirectMap4M",
	MeminfoDirectMap1G:       "DirectMap1G",
	MeminfoDirectMap2G:       "DirectMap2G",
}

// fields are where the values go.
func (m *Meminfo) fields() [meminfoFields]*uint64 {
	return [meminfoFields]*uint64{
		MeminfoMemTotal:          &m.MemTotal,
		MeminfoMemFree:           &m.MemFree,
		MeminfoMemAvailable:      &m.MemAvailable,
		MeminfoBuffers:           &m.Buffers,
		MeminfoCached:            &m.Cached,
		MeminfoSwapCached:        &m.SwapCached,
		MeminfoActive:            &m.Active,
		MeminfoInactive:          &m.Inactive,
		MeminfoActiveAnon:        &m.ActiveAnon,
		MeminfoInactiveAnon:      &m.InactiveAnon,
		MeminfoActiveFile:        &m.ActiveFile,
		MeminfoInactiveFile:      &m.InactiveFile,
		MeminfoUnevictable:       &m.Unevictable,
		MeminfoMlocked:           &m.Mlocked,
		MeminfoHighTotal:         &m.HighTotal,
		MeminfoHighFree:          &m.HighFree,
		MeminfoLowTotal:          &m.LowTotal,
		MeminfoLowFree:           &m.LowFree,
		MeminfoSwapTotal:         &m.SwapTotal,
		MeminfoSwapFree:          &m.SwapFree,
		MeminfoZswap:             &m.Zswap,
		MeminfoZswapped:          &m.Zswapped,
		MeminfoDirty:             &m.Dirty,
		MeminfoWriteback:         &m.Writeback,
		MeminfoAnonPages:         &m.AnonPages,
		MeminfoMapped:            &m.Mapped,
		MeminfoShmem:             &m.Shmem,
		MeminfoKReclaimable:      &m.KReclaimable,
		MeminfoSlab:              &m.Slab,
		MeminfoSReclaimable:      &m.SReclaimable,
		MeminfoSUnreclaim:        &m.SUnreclaim,
		MeminfoKernelStack:       &m.KernelStack,
		MeminfoShadowCallStack:   &m.ShadowCallStack,
		MeminfoPageTables:        &m.PageTables,
		MeminfoSecPageTables:     &m.SecPageTables,
		MeminfoNFSUnstable:       &m.NFSUnstable,
		MeminfoBounce:            &m.Bounce,
		MeminfoWritebackTmp:      &m.WritebackTmp,
		MeminfoCommitLimit:       &m.CommitLimit,
		MeminfoCommittedAS:       &m.CommittedAS,
		MeminfoVmallocTotal:      &m.VmallocTotal,
		MeminfoVmallocUsed:       &m.VmallocUsed,
		MeminfoVmallocChunk:      &m.VmallocChunk,
		MeminfoPercpu:            &m.Percpu,
		MeminfoEarlyMemtestBad:   &m.EarlyMemtestBad,
		MeminfoHardwareCorrupted: &m.HardwareCorrupted,
		MeminfoAnonHugePages:     &m.AnonHugePages,
		MeminfoShmemHugePages:    &m.ShmemHugePages,
		MeminfoShmemPmdMapped:    &m.ShmemPmdMapped,
		MeminfoFileHugePages:     &m.FileHugePages,
		MeminfoFilePmdMapped:     &m.FilePmdMapped,
		MeminfoCmaTotal:          &m.CmaTotal,
		MeminfoCmaFree:           &m.CmaFree,
		MeminfoUnaccepted:        &m.Unaccepted,
		MeminfoBalloon:           &m.Balloon,
		MeminfoGPUActive:         &m.GPUActive,
		MeminfoGPUReclaim:        &m.GPUReclaim,
		MeminfoHugePagesTotal:    &m.HugePagesTotal,
		MeminfoHugePagesFree:     &m.HugePagesFree,
		MeminfoHugePagesRsvd:     &m.HugePagesRsvd,
		MeminfoHugePagesSurp:     &m.HugePagesSurp,
		MeminfoHugepagesize:      &m.Hugepagesize,
		MeminfoHugetlb:           &m.Hugetlb,
		MeminfoDirectMap4k:       &m.DirectMap4k,
		MeminfoDirectMap64k:      &m.DirectMap64k,
		MeminfoDirectMap1M:       &m.DirectMap1M,
		MeminfoDirectMap2M:       &m.DirectMap2M,
		MeminfoDirectMap4M:       &m.DirectMap4M,
		MeminfoDirectMap1G:       &m.DirectMap1G,
		MeminfoDirectMap2G:       &m.DirectMap2G,
	}
}
