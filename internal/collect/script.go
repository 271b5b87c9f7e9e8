package collect

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/snapshot"
)

//go:embed script.sh
var scriptText string

// The awk programs that the script carries.
var (
	//go:embed script_shape.awk
	awkShape string
	//go:embed script_nginx.awk
	awkNginx string
	//go:embed script_logs.awk
	awkLogs string
)

const scriptTimeout = 10 // seconds

// Script returns a shell script (POSIX sh, awk, tar, gzip) that collects what Collect
// does, on a host that has no tcplint.
func Script(collector string) string {
	return strings.NewReplacer(
		"@AWK@", heredocs(),
		"@BEFORE@", procLines(growing, "-before.txt", "  "),
		"@AFTER@", procLines(growing, "-after.txt", ""),
		"@PROC@", procLines(procFiles, "", ""),
		"@COMMANDS@", commandLines(),
		"@LINES@", lineFileLines(),
		"@SETTINGS_ROOTS@", strings.Join(settingsRoots, " "),
		"@SETTINGS@", settings,
		"@NEVER_SETTINGS@", neverSettings,
		"@NEVER@", never,
		"@MAIN_FILES@", strings.Join(mainFiles, " "),
		"@STATUS_PATH@", statusPath,
		"@STATUS_LINES@", statusLines,
		"@BACKEND_LOGS@", patternList(backendLogs),
		"@ERROR_LOG@", defaultLogs[0],
		"@ACCESS_LOG@", defaultLogs[1],
		"@MOST_COMMAND@", strconv.Itoa(mostOfCommand),
		"@MOST_FILE@", strconv.Itoa(mostOfFile),
		"@MOST_LOG@", strconv.Itoa(mostOfLog),
		"@MOST_LOGS@", strconv.Itoa(mostLogs),
		"@MOST_INCLUDES@", strconv.Itoa(mostIncludes),
		"@TIMEOUT@", strconv.Itoa(scriptTimeout),
		"@VERSION@", strconv.Itoa(snapshot.Version),
		"@COLLECTOR@", strings.Map(func(r rune) rune {
			if r < ' ' || strings.ContainsRune(`'\%`, r) {
				return '-'
			}
			return r
		}, collector),
	).Replace(scriptText)
}

// awkPrograms are the programs by their names in the script.
func awkPrograms() map[string]string {
	return map[string]string{"shape": awkShape, "words": awkWords(), "nginx": awkNginx, "logs": awkLogs}
}

func heredocs() string {
	var b strings.Builder
	all := awkPrograms()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "cat >\"$T/awk/%s.awk\" <<'AWK'\n%sAWK\n", name, all[name])
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// awkWords has the tables as strings.
func awkWords() string {
	const line = 400 // mawk refuses long strings
	var b strings.Builder
	put := func(name, s string) {
		for len(s) > 0 {
			part := s[:min(line, len(s))]
			s = s[len(part):]
			fmt.Fprintf(&b, "  %s = %[1]s \"%s\"\n", name, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(part))
		}
	}
	b.WriteString("BEGIN {\n")
	put("SAFE_WORDS", strings.Join(slices.Sorted(maps.Keys(safeWords.All())), " "))
	put("DIRECTIVES", directiveList())
	put("ERROR_BEGINS", strings.Join(errorBegins, "|"))
	put("ERROR_MARKS", strings.Join(errorMarks, "|"))
	put("SECRET", secretName.String())
	put("BACKEND_HEAD", backendHead)
	put("BACKEND_TEXTS", awkBackendTexts())
	b.WriteString("}\n")
	return b.String()
}

func procLines(files []procFile, suffix, indent string) string {
	var all []string
	for _, f := range files {
		all = append(all, indent+"proc "+f.path+suffix+" "+f.source)
	}
	return strings.Join(all, "\n")
}

// single writes a text between single quotes.
func single(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func commandLines() string {
	var all []string
	for _, c := range commands {
		line := fmt.Sprintf("run %s %s %s", c.path, single(c.keep), strings.Join(c.args, " "))
		instead := strings.ReplaceAll(procLines(c.instead, "", ""), "\n", "; ")
		if instead != "" {
			line += " || { " + instead + "; }"
		}
		if c.module != "" {
			line = fmt.Sprintf("if has %s; then %s\nelse item %s %s skipped 0 0.000 %s", c.module, line,
				c.path, single(strings.Join(c.args, " ")), single("it would load the kernel's module "+c.module))
			if instead != "" {
				line += "; " + instead
			}
			line += "; fi"
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

// patternList writes patterns so that the shell does not expand them yet.
func patternList(patterns []string) string {
	all := make([]string, len(patterns))
	for i, p := range patterns {
		all[i] = single(p)
	}
	return strings.Join(all, " ")
}

func lineFileLines() string {
	var all []string
	for _, l := range lineFiles {
		all = append(all, "lines "+single(l.keep)+" "+patternList(l.patterns))
	}
	return strings.Join(all, "\n")
}
