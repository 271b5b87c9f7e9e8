package model

import (
	"errors"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
)

// KernelNumber is a number as the kernel reads it (proc_get_long in
// kernel/sysctl.c): decimal, hexadecimal behind 0x, octal behind 0.
type KernelNumber struct {
	Negative bool
	Size     uint64 // without the sign
	// Octal says that a leading zero makes another number of the digits.
	Octal bool
}

// TooLarge is a number that no unsigned long holds. Kernels before 5.1 dropped
// its upper bits.
const TooLarge = "it is too large"

// ReadNumber reads one word of a value. If it is none that the kernel takes, why
// may say the reason, in words that fit behind a colon.
func ReadNumber(word string) (n KernelNumber, why string, ok bool) {
	digits := word
	if rest, ok := strings.CutPrefix(word, "-"); ok {
		n.Negative, digits = true, rest
	}
	base, body := 10, digits
	switch {
	case len(digits) > 2 && (digits[:2] == "0x" || digits[:2] == "0X"):
		base, body = 16, digits[2:]
	case len(digits) > 1 && digits[0] == '0':
		base, body = 8, digits[1:]
	}
	size, err := strconv.ParseUint(body, base, 64)
	const longest = 20 // kernel/sysctl.c, TMPBUFLEN: 22 with one byte to spare and a NUL
	switch {
	case errors.Is(err, strconv.ErrSyntax):
		return n, whyNoNumber(word), false
	case len(word) > longest:
		return n, "it is too long", false
	case err != nil:
		return n, TooLarge, false
	}
	n.Size = size
	n.Octal = base == 8 && strings.TrimLeft(body, "0") != "" && size > 7
	return n, "", true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// whyNoNumber says what is wrong with a word that is no number, "" if that is
// plain to see.
func whyNoNumber(word string) string {
	switch {
	case strings.ContainsAny(word, "\"'`"):
		return "quotes are part of the value"
	case word[0] == '#' || word[0] == ';':
		return "a comment needs a line of its own"
	case word[0] == '+':
		return "a number has no plus sign"
	}
	word = strings.TrimPrefix(word, "-")
	rest := strings.TrimLeft(word, "0123456789")
	if rest == word {
		return ""
	}
	if rest == "" {
		return "a leading zero makes it octal, which has no 8 and 9"
	}
	switch c := rest[0]; {
	case c == ',':
		return "a number has no commas, and blanks divide several"
	case c == '.':
		return "it takes whole numbers only"
	case c == '-' && len(rest) > 1 && isDigit(rest[1]):
		return "blanks divide numbers"
	case strings.IndexByte("*/+_", c) >= 0:
		return "the kernel does not calculate"
	case 'A' <= c&^0x20 && c&^0x20 <= 'Z':
		return "a number has no unit"
	}
	return ""
}

// within reports whether a limit lets a number pass.
func (n KernelNumber) within(l facts.Limit) bool {
	if n.Negative && n.Size > 0 {
		return !l.Min.Known || n.Size <= 1<<63 && -int64(n.Size) >= l.Min.N
	}
	if l.Min.Known && l.Min.N > 0 && n.Size < uint64(l.Min.N) {
		return false
	}
	return !l.Max.Known || l.Max.N == facts.NoBound || l.Max.N >= 0 && n.Size <= uint64(l.Max.N)
}

// Signed is the number if it fits.
func (n KernelNumber) Signed() (int64, bool) {
	if n.Size > 1<<63-1 {
		return 0, false
	}
	if n.Negative {
		return -int64(n.Size), true
	}
	return int64(n.Size), true
}

// Refused returns the kernels of the target that refuse the number as a value of
// a key, and the limit that they have.
func (n KernelNumber) Refused(k *facts.Param, target facts.Range) (in facts.Range, by facts.Limit) {
	in = facts.Never
	for _, l := range k.Limits {
		part := target.Intersect(l.In)
		switch {
		case part.Empty() || n.within(l):
		case !in.Empty() && in.Before == part.From:
			in, by = facts.Range{From: in.From, Before: part.Before}, l
		default:
			in, by = part, l
		}
	}
	return in, by
}

// String writes the number in decimal.
func (n KernelNumber) String() string {
	text := strconv.FormatUint(n.Size, 10)
	if n.Negative && n.Size > 0 {
		return "-" + text
	}
	return text
}

// wordKeys are rows of complete folders whose value is no number, although the
// table calls it one.
var wordKeys = map[string]bool{
	"net.ipv4.vs.est_cpulist":       true,
	"net.ipv6.conf.*.stable_secret": true,
	"net.mptcp.path_manager":        true,
	"net.mptcp.scheduler":           true,
}

// Numeric reports whether a key's value is surely a fixed count of numbers. The
// kind alone does not tell: outside of the complete folders, a row of which only
// the name is known counts as one number.
func Numeric(k *facts.Param) bool {
	return k.Kind.Values() > 0 && !wordKeys[k.Key] &&
		(len(k.Limits) > 0 || k.Kind != facts.Int || k.Unit != "" || facts.ParamsComplete(k.Key))
}

// Numbers is how many numbers the kernel reads of a key's value; 0 if that is not
// known.
func Numbers(key string) int {
	if k, ok := facts.ParamOf(key); ok && Numeric(k) {
		return k.Kind.Values()
	}
	return 0
}
