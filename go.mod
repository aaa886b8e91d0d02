module github.com/kernlink/kernlink

go 1.26.0

require (
	github.com/klauspost/compress v1.20.3
	github.com/stretchr/testify v1.12.1
	github.com/ulikunitz/xz v0.5.15
	golang.org/x/sys v0.49.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

// The command of this module, so that it is used here as everywhere.
tool github.com/kernlink/kernlink/cmd/kerneltest
