package model_test

import (
	"math"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/model"
)

func TestSize(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want int
		ok   bool
	}{
		{"0", 0, true},
		{"512", 512, true},
		{"8k", 8192, true},
		{"8K", 8192, true},
		{"1m", 1 << 20, true},
		{"1M", 1 << 20, true},
		{"", 0, false},
		{"k", 0, false},
		{"1g", 0, false},
		{"-1", 0, false},
		{"1kk", 0, false},
		{"$size", 0, false},
		{"+1", 0, false},
		{"9223372036854775807k", 0, false},
	}
	for _, tt := range tests {
		if n, ok := model.Size(tt.text); ok != tt.ok || ok && n != tt.want {
			t.Errorf("Size(%q) = %d, %v", tt.text, n, ok)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"0", 0, true},
		{"60", time.Minute, true},
		{"60s", time.Minute, true},
		{"1m30s", 90 * time.Second, true},
		{"1m30", 90 * time.Second, true},
		{"1h 30m", 90 * time.Minute, true},
		{"500ms", 500 * time.Millisecond, true},
		{"1s500ms", 1500 * time.Millisecond, true},
		{"1y2M3w4d", (365 + 60 + 21 + 4) * 24 * time.Hour, true},
		{"99999999999d", math.MaxInt64, true},
		{"", 0, false},
		{"s", 0, false},
		{"30s1m", 0, false},
		{"1m1m", 0, false},
		{"30 s", 0, false},
		{"30S", 0, false},
		{"-1", 0, false},
		{"1.5s", 0, false},
		{"$time", 0, false},
		{"99999999999999999999", 0, false},
	}
	for _, tt := range tests {
		if d, ok := model.Duration(tt.text); ok != tt.ok || ok && d != tt.want {
			t.Errorf("Duration(%q) = %v, %v", tt.text, d, ok)
		}
	}
	h := build(t, inherited)
	if d, ok := at(t, h, "location /plain").Get("keepalive_timeout").Duration(); d != 5*time.Second || !ok {
		t.Errorf("keepalive_timeout is %v, %v", d, ok)
	}
	if d, ok := at(t, h, "location /plain").Get("proxy_read_timeout").Duration(); d != time.Minute || !ok {
		t.Errorf("the default of proxy_read_timeout is %v, %v", d, ok)
	}
}
