//go:build !js

package evidence

import (
	"bufio"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// unzstd unpacks what zstd has packed, with no more memory than its usual levels take.
func unzstd(in *bufio.Reader) (*bufio.Reader, error) {
	unpacked, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(32<<20))
	if err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	return bufio.NewReaderSize(unpacked, 256<<10), nil
}
