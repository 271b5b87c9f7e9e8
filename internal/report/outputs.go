package report

import (
	"fmt"
	"path"
	"strings"
)

// Output is a report in one format.
type Output struct {
	Format string
	// File is where it goes, empty for standard output or the file that is named for
	// all.
	File   string
	Report Reporter
}

// Outputs reads which reports are wanted: FORMAT, of which there is one at most, and
// FORMAT=FILE, each for a file of its own. Output is the file that the one of the first
// sort goes to, empty for standard output. Without any, main is text; where all have
// files, it has no format. The errors speak of the flags --format and --output.
func Outputs(wanted []string, output string) (main Output, files []Output, err error) {
	seen := map[string]string{} // format by file
	for _, given := range wanted {
		name, file, toFile := strings.Cut(given, "=")
		reporter, err := Lookup(name)
		if err != nil {
			return main, nil, err
		}
		switch {
		case toFile && file == "":
			return main, nil, fmt.Errorf(`--format %s names no file: want %sFILE`, given, given)
		case toFile:
			if other, ok := seen[path.Clean(file)]; ok {
				return main, nil, fmt.Errorf("--format %s and --format %s are for the same file, %s", other, name, file)
			}
			seen[path.Clean(file)] = name
			files = append(files, Output{name, file, reporter})
		case main.Format != "" && main.Format != name:
			return main, nil, fmt.Errorf("--format %s and --format %s are both for standard output: give one of them a file, as in %s=FILE", main.Format, name, name)
		default:
			main = Output{Format: name, Report: reporter}
		}
	}
	if main.Format == "" && len(files) == 0 {
		main = Output{Format: "text", Report: Text}
	}
	if other, ok := seen[path.Clean(output)]; ok && output != "" {
		return main, nil, fmt.Errorf("--output and --format %s are for the same file, %s", other, output)
	}
	if main.Format == "" && output != "" {
		return main, nil, fmt.Errorf("--output %s is given, but every format has a file of its own: leave it out, or add --format text", output)
	}
	return main, files, nil
}
