package collect

import (
	"strings"

	"github.com/tcplint/tcplint/parser/lazy"
	"github.com/tcplint/tcplint/parser/lazyre"
)

// What leaves a host is told by its shape: what is a number, an address, a name of
// the field or a short word of a path is taken, all else becomes blank. The functions
// here have twins in shape.awk, which a test holds to the same answers; so that no
// expression may count repetitions, which old versions of mawk cannot.

// blank stands for what is left out.
const blank = "_"

var (
	numberShape  = lazyre.New(`^-?[0-9]+(\.[0-9]+)?[a-zA-Z%]?[a-zA-Z]?$`)
	ipv4Shape    = lazyre.New(`^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(:[0-9]+)?(/[0-9]+)?$`)
	ipv6Shape    = lazyre.New(`^\[?[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*(%[a-z0-9]+)?\]?(/[0-9]+)?$`)
	longGroup    = lazyre.New(`[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]`)
	portSuffix   = lazyre.New(`\]:[0-9]+$`)
	unixShape    = lazyre.New(`^unix:[A-Za-z0-9/._@-]*:?$`)
	hostShape    = lazyre.New(`^[A-Za-z0-9_*.-]+(:[0-9]+)?$`)
	segmentShape = lazyre.New(`^[A-Za-z._~*@-]*$`)
	digitsShape  = lazyre.New(`^[0-9]+$`)
	mixedShape   = lazyre.New(`^[A-Za-z0-9._~*@-]*$`)
	variable     = lazyre.New(`\$[a-z0-9_]+|\$\{[a-z0-9_]+\}|\$[0-9]`)
	marks        = lazyre.New(`^[][ ,.:;=~!<>()|/+^*?&#'"-]*$`)
	bareURL      = lazyre.New(`^(http|https)://[A-Za-z0-9.:-]*(/[a-z/._-]*)?$`)
	dateShape    = lazyre.New(`^[0-9-]+T[0-9:.]+([+-][0-9:]+|Z)?$`)
	clfDate      = lazyre.New(`^\[[0-9][0-9]/[A-Z][a-z][a-z]/[0-9][0-9][0-9][0-9]:[0-9:]+$`)
	clfZone      = lazyre.New(`^[+-][0-9][0-9][0-9][0-9]\]$`)
	schemeURL    = lazyre.New(`^[a-z]+://`)
	protocol     = lazyre.New(`^HTTP/[0-9](\.[0-9])?$`)
)

// safeWords are words that say how connections and answers are handled, and nothing
// about who asks; compared in lower case.
var safeWords = lazy.Words(`close keep-alive keepalive upgrade websocket on off yes no default hostnames
volatile include http https ws wss gzip br zstd identity deflate chunked no-cache no-store
private public must-revalidate get head post put delete patch options connect trace propfind
text/html text/plain text/css text/event-stream application/json application/grpc
application/javascript any all always permanent redirect last break nosniff deny sameorigin
= != ~ ~* !~ !~* -f -d -e -x !-f !-d !-e * - h2 h2c h3 true false hit miss expired bypass
stale updating revalidated scarce pipelined`)

// isNumber recognises counts, times and sizes; a longer number may be a card's or a
// session's.
func isNumber(s string) bool {
	whole, _, _ := strings.Cut(s, ".")
	return len(s) <= 16 && len(whole) <= 12 && numberShape.MatchString(s)
}

// isAddress recognises addresses with or without a port or the length of a prefix.
func isAddress(s string) bool {
	if len(s) <= 24 && ipv4Shape.MatchString(s) {
		return true
	}
	if at := portSuffix.FindStringIndex(s); at != nil {
		s = s[:at[0]+1]
	}
	if len(s) > 64 || !ipv6Shape.MatchString(s) {
		return false
	}
	s, _, _ = strings.Cut(s, "%")
	return !longGroup.MatchString(s)
}

// isHost recognises the name of a host, with or without a port.
func isHost(s string) bool {
	if len(s) > 128 || !hostShape.MatchString(s) {
		return false
	}
	s, _, _ = strings.Cut(s, ":")
	for label := range strings.SplitSeq(s, ".") {
		if len(label) > 31 {
			return false
		}
	}
	return true
}

// cleanSegment keeps a part of a path that is a word or a small number: what is
// longer and of letters and digits may be a token.
func cleanSegment(s string) string {
	switch {
	case len(s) <= 24 && segmentShape.MatchString(s), len(s) <= 6 && digitsShape.MatchString(s), len(s) <= 7 && mixedShape.MatchString(s):
		return s
	}
	return blank
}

// cleanPath keeps the words of a path. Of arguments it keeps that there are some, or
// variables.
func cleanPath(s string) string {
	s, query, asked := strings.Cut(s, "?")
	parts := strings.Split(s, "/")
	for i, p := range parts {
		parts[i] = cleanSegment(p)
	}
	s = strings.Join(parts, "/")
	switch {
	case !asked:
	case marks.MatchString(variable.ReplaceAllString(query, "")):
		s += "?" + query
	default:
		s += "?" + blank
	}
	return s
}

// cleanURL keeps scheme, host and the words of the path; a user with a password goes.
func cleanURL(s string) string {
	at := schemeURL.FindStringIndex(s)
	if at == nil {
		return blank
	}
	scheme, rest := s[:at[1]], s[at[1]:]
	if strings.HasPrefix(rest, "unix:") {
		rest, _, _ = strings.Cut(rest, "?")
		sock, path, more := strings.Cut(strings.TrimPrefix(rest, "unix:"), ":")
		if !unixShape.MatchString("unix:" + sock) {
			return blank
		}
		if more {
			return scheme + "unix:" + sock + ":" + cleanPath(path)
		}
		return scheme + "unix:" + sock
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, path := rest[:end], rest[end:]
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if bare := variable.ReplaceAllString(host, ""); !isAddress(host) && !isHost(host) && (bare == host || !isHostRest(bare)) {
		host = blank
	}
	return scheme + host + cleanVariablePath(path)
}

// isHostRest recognises what variables leave of a host.
func isHostRest(s string) bool { return marks.MatchString(s) || isHost(s) }

// cleanVariablePath is cleanPath for a path that may hold variables.
func cleanVariablePath(s string) string {
	if marks.MatchString(variable.ReplaceAllString(s, "")) {
		return s
	}
	return cleanPath(s)
}

// isSafe reports whether a value tells nothing but how it is made: variables, small
// numbers, addresses and words of the field.
func isSafe(s string) bool {
	bare := variable.ReplaceAllString(s, "")
	if marks.MatchString(bare) {
		return true
	}
	for w := range strings.FieldsFuncSeq(bare, func(r rune) bool { return strings.ContainsRune(" ,;()|", r) }) {
		w = strings.Trim(w, `"'`)
		if !safeWords.Has(strings.ToLower(w)) && !isAddress(w) && (len(w) > 9 || !isNumber(w)) && !bareURL.MatchString(w) && !isNumbered(w) {
			return false
		}
	}
	return true
}

// isNumbered recognises "max-age=60", "timeout=5".
func isNumbered(s string) bool {
	name, value, ok := strings.Cut(s, "=")
	return ok && (name == "max-age" || name == "timeout" || name == "max" || name == "q") && len(value) <= 9 && isNumber(value)
}
