package sysctl_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/sysctl"
)

func TestTokens(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string // kind and text
	}{
		{"empty file", "", nil},
		{"blank lines are one token", " \n\t\r\n\n", []string{"Space  \n\t\r\n\n"}},
		{
			"assignment", "  key = value \n",
			[]string{"Space   ", "Key key", "Space  ", "Equals =", "Space  ", "Value value", "Space  \n"},
		},
		{"no blanks", "key=value", []string{"Key key", "Equals =", "Value value"}},
		{"no value", "key =", []string{"Key key", "Space  ", "Equals ="}},
		{
			"only the first equals sign counts", "k==a=b\n",
			[]string{"Key k", "Equals =", "Value =a=b", "Space \n"},
		},
		{"failure ignored", "-key=1\n", []string{"Minus -", "Key key", "Equals =", "Value 1", "Space \n"}},
		{"two minus signs", "--key=1\n", []string{"Minus --", "Key key", "Equals =", "Value 1", "Space \n"}},
		{"three minus signs", "---key=1\n", []string{"Minus --", "Key -key", "Equals =", "Value 1", "Space \n"}},
		{"blank behind minus", "- key=1\n", []string{"Minus -", "Key  key", "Equals =", "Value 1", "Space \n"}},
		{"exclusion", " -key \n", []string{"Space  ", "Minus -", "Key key", "Space  \n"}},
		{"comments", "# a = b\r\n\t; c \n", []string{"Comment # a = b", "Space \r\n\t", "Comment ; c ", "Space \n"}},
		{
			"no comment behind a value", "k = 1 # c\n",
			[]string{"Key k", "Space  ", "Equals =", "Space  ", "Value 1 # c", "Space \n"},
		},
		{
			"no comment behind a key", "k # c = 1\n",
			[]string{"Key k # c", "Space  ", "Equals =", "Space  ", "Value 1", "Space \n"},
		},
		{"no assignment", " key value \n", []string{"Space  ", "Bad key value", "Space  \n"}},
		{"lone CR ends no line", "a=1\rb=2\n", []string{"Key a", "Equals =", "Value 1\rb=2", "Space \n"}},
		{"vertical tab and form feed are blanks", "\va\f=\v1\f", []string{
			"Space \v", "Key a", "Space \f", "Equals =", "Space \v", "Value 1", "Space \f",
		}},
		{"NUL ends the line", "a=1 \x00 b=2 \nc=3", []string{
			"Key a", "Equals =", "Value 1", "Space  ", "Bad \x00 b=2", "Space  \n", "Key c", "Equals =", "Value 3",
		}},
		{"NUL in a bad line", "ab\x00=2\n", []string{"Bad ab\x00=2", "Space \n"}},
		{"NUL in a blank line", " \x00a=2\n", []string{"Space  ", "Bad \x00a=2", "Space \n"}},
		{"NUL in a comment", "#\x00a=2\n", []string{"Comment #\x00a=2", "Space \n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for tok := range sysctl.Tokens(tt.text) {
				got = append(got, tok.Kind.String()+" "+tt.text[tok.Span.Start:tok.Span.End])
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			checkLaws(t, tt.text)
		})
	}
}

// A consumer may stop after any token.
func TestTokensStop(*testing.T) {
	const text = "# c\n-a = 1\nb\n \x00\n\n"
	for n := range 12 {
		i := 0
		for range sysctl.Tokens(text) {
			if i++; i > n {
				break
			}
		}
	}
}
