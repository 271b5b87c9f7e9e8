package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/report"
)

// reportFile is a report in one more format, written to a file of its own.
type reportFile struct {
	name     string
	file     string
	reporter report.Reporter
}

// readFormats reads the --format flags: one may go to standard output or
// --output, every other one to a file of its own ("sarif=out.sarif").
func (f *flags) readFormats() error {
	seen := map[string]string{} // format by file
	main := ""
	for _, given := range f.formats {
		name, file, toFile := strings.Cut(given, "=")
		reporter, err := report.Lookup(name)
		if err != nil {
			return &failure{statusUsage, err}
		}
		switch {
		case toFile && file == "":
			return usagef(`--format %s names no file: want %sFILE`, given, given)
		case toFile:
			if other, ok := seen[filepath.Clean(file)]; ok {
				return usagef("--format %s and --format %s are for the same file, %s", other, name, file)
			}
			seen[filepath.Clean(file)] = name
			f.files = append(f.files, reportFile{name, file, reporter})
		case main != "" && main != name:
			return usagef("--format %s and --format %s are both for standard output: give one of them a file, as in %s=FILE", main, name, name)
		default:
			main, f.reporter = name, reporter
		}
	}
	if main == "" && len(f.files) == 0 {
		main = "text"
		reporter, err := report.Lookup(main)
		if err != nil {
			return &failure{statusUsage, err}
		}
		f.reporter = reporter
	}
	if other, ok := seen[filepath.Clean(f.output)]; ok && f.output != "" {
		return usagef("--output and --format %s are for the same file, %s", other, f.output)
	}
	if main == "" && f.output != "" {
		return usagef("--output %s is given, but every format has a file of its own: leave it out, or add --format text", f.output)
	}
	f.format = main
	return nil
}

// onlyFormat checks that a command which writes one report of its own is asked for
// one that it has.
func (f *flags) onlyFormat(command string, names ...string) error {
	if len(f.files) > 0 {
		return usagef("%s writes one report: give its file with --output, not with --format %s=%s", command, f.files[0].name, f.files[0].file)
	}
	if !slices.Contains(names, f.format) {
		return unknown("format of "+command, f.format, names)
	}
	return nil
}
