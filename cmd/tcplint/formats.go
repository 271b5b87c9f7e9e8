package main

import "slices"

// onlyFormat checks that a command which writes one report of its own is asked for
// one that it has.
func (f *flags) onlyFormat(command string, names ...string) error {
	if len(f.files) > 0 {
		return usagef("%s writes one report: give its file with --output, not with --format %s=%s", command, f.files[0].Format, f.files[0].File)
	}
	if !slices.Contains(names, f.format) {
		return unknown("format of "+command, f.format, names)
	}
	return nil
}
