package nginx

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// timeUnits are the units of nginx's times, the largest first; in a time they
// follow each other in this order. A month has 30 days, a year 365.
var timeUnits = []struct {
	name string
	unit time.Duration
}{
	{"y", 365 * 24 * time.Hour},
	{"M", 30 * 24 * time.Hour},
	{"w", 7 * 24 * time.Hour},
	{"d", 24 * time.Hour},
	{"h", time.Hour},
	{"m", time.Minute},
	{"s", time.Second},
	{"ms", time.Millisecond},
}

// Duration reads nginx's times ("30", "1m30s", "1h 30m", "500ms") as
// ngx_parse_time does; a number alone, which can only be the last, counts
// seconds. Which of the units a directive takes is not looked at: most take no
// years and months, those that count in seconds no milliseconds. More than a
// time.Duration can hold, some 292 years, is the most that it can.
func Duration(text string) (d time.Duration, ok bool) {
	step := 0
	for text != "" {
		digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
		if digits == 0 {
			return 0, false
		}
		n, err := strconv.ParseInt(text[:digits], 10, 64)
		if err != nil {
			return 0, false
		}
		letters := len(text[digits:]) - len(strings.TrimLeft(text[digits:], "yMwdhms"))
		i, unit := unitOf(text[digits : digits+letters])
		rest := strings.TrimLeft(text[digits+letters:], " ")
		if letters > 0 && i < step || letters == 0 && rest != "" {
			return 0, false
		}
		d = addTime(d, n, unit)
		step, text, ok = i+1, rest, true
	}
	return d, ok
}

// unitOf returns the place of a unit in timeUnits and its length; -1 if there
// is none of that name. No name means seconds.
func unitOf(name string) (i int, unit time.Duration) {
	if name == "" {
		name = "s"
	}
	for i, u := range timeUnits {
		if u.name == name {
			return i, u.unit
		}
	}
	return -1, 0
}

// addTime returns d plus n units, at most what a time.Duration can hold.
func addTime(d time.Duration, n int64, unit time.Duration) time.Duration {
	if n > int64((math.MaxInt64-d)/unit) {
		return math.MaxInt64
	}
	return d + time.Duration(n)*unit
}
