package main

import (
	"bytes"
	"slices"
)

// refine makes a unified diff show no line as removed and added again. The
// library anchors its diffs at lines that occur once, and configuration repeats
// itself: between two anchors it replaces whole blocks. A pair of equal lines
// that becomes context leaves the counts of its hunk as they are.
func refine(diff []byte) []byte {
	var out bytes.Buffer
	lines := diffLines(diff)
	for i := 0; i < len(lines); {
		if c := lines[i][0]; c != '-' && c != '+' || isHeader(lines, i) {
			out.Write(lines[i])
			i++
			continue
		}
		var removed, added [][]byte
		for ; i < len(lines) && !isHeader(lines, i) && (lines[i][0] == '-' || lines[i][0] == '+'); i++ {
			if lines[i][0] == '-' {
				removed = append(removed, lines[i][1:])
			} else {
				added = append(added, lines[i][1:])
			}
		}
		writeBlock(&out, removed, added)
	}
	return out.Bytes()
}

// diffLines cuts a diff into lines. The remark that a line has no end belongs
// to it.
func diffLines(diff []byte) [][]byte {
	var lines [][]byte
	for l := range bytes.Lines(diff) {
		if n := len(lines); n > 0 && l[0] == '\\' {
			lines[n-1] = slices.Concat(lines[n-1], l)
			continue
		}
		lines = append(lines, l)
	}
	return lines
}

// isHeader tells the names of the files from removed and added lines: they
// stand between a "diff" line and the first hunk.
func isHeader(lines [][]byte, i int) bool {
	return i > 0 && bytes.HasPrefix(lines[i-1], []byte("diff ")) || i > 1 && bytes.HasPrefix(lines[i-2], []byte("diff "))
}

// writeBlock writes removed and added lines, with those that are in both as
// context.
func writeBlock(out *bytes.Buffer, removed, added [][]byte) {
	put := func(mark byte, lines [][]byte) {
		for _, l := range lines {
			out.WriteByte(mark)
			out.Write(l)
		}
	}
	a, b := 0, 0
	for _, p := range common(removed, added) {
		put('-', removed[a:p[0]])
		put('+', added[b:p[1]])
		put(' ', removed[p[0]:p[0]+1])
		a, b = p[0]+1, p[1]+1
	}
	put('-', removed[a:])
	put('+', added[b:])
}

// common returns the places of a longest common subsequence of lines. Blocks
// too large to compare in reasonable time have none.
func common(x, y [][]byte) [][2]int {
	const cells = 4 << 20
	if len(x)*len(y) > cells || len(x) == 0 || len(y) == 0 {
		return nil
	}
	// length[i][j] is the length of the longest one of x[i:] and y[j:].
	width := len(y) + 1
	length := make([]int32, (len(x)+1)*width)
	for i, l := range slices.Backward(x) {
		for j, m := range slices.Backward(y) {
			at := i*width + j
			if bytes.Equal(l, m) {
				length[at] = length[at+width+1] + 1
			} else {
				length[at] = max(length[at+width], length[at+1])
			}
		}
	}
	var pairs [][2]int
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch at := i*width + j; {
		case bytes.Equal(x[i], y[j]):
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case length[at+width] >= length[at+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}
