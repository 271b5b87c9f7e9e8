package capacity

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/facts"
)

type lineOf = evidence.Line

// value is a parameter in force: as the kernel shows it, as files set it, or by its
// default.
func (t *table) value(key string) (text, from string, ok bool) {
	if v, found := t.set.Settings[key]; found {
		return v.Value, fmt.Sprintf("%s:%d", v.File, v.Number), true
	}
	if v := t.host.Sysctl.Get(key); v.Set {
		if !v.Sure {
			return "", "", false
		}
		return v.Value.Value, at(v.Tree.File, v.Key.Span), true
	}
	p, known := facts.ParamOf(key)
	if !known {
		return "", "", false
	}
	text, ok = facts.OneDefault(p.Defaults, t.kernelRange())
	return text, "the kernel's default of " + key, ok
}

func (t *table) kernelRange() facts.Range {
	if t.host.Target.Kernel == (facts.Range{}) {
		return facts.KernelWindow()
	}
	return t.host.Target.Kernel
}

// kernel is one of the numbers of a parameter.
func (t *table) kernel(key string, which int) (n float64, from string, ok bool) {
	text, from, ok := t.value(key)
	f := strings.Fields(text)
	if !ok || len(f) <= which {
		return 0, "", false
	}
	n, err := strconv.ParseFloat(f[which], 64)
	return n, from, err == nil
}

// pair are both numbers of a range.
func (t *table) pair(key string) (low, high float64, from string, ok bool) {
	low, from, ok = t.kernel(key, 0)
	high, _, more := t.kernel(key, 1)
	return low, high, from, ok && more
}

// of fills in a value of the kernel, and what is used of it by the evidence.
func (t *table) of(l Limit, key string, which int, total string) Limit {
	l.Missing = "sysctl " + key
	if n, from, ok := t.kernel(key, which); ok {
		l.Known, l.Value, l.From = true, n, []string{from}
	}
	if used, ok := t.set.Total(total); ok && total != "" {
		l.Used, l.HasUsed, l.UsedAt = float64(used.Value), true, used.Line
	}
	return l
}

// kernelLimits are the tables and budgets of the kernel.
func (t *table) kernelLimits() {
	latency := t.question.Latency
	t.add(t.of(Limit{
		ID: "time-wait-buckets", Title: "sockets in TIME_WAIT", Unit: "sockets",
		Arithmetic: held(1, timeWait, "rate × 60 s, where nginx closes first"),
		Soft:       true, Note: "above it, TIME_WAIT is cut short; nothing fails",
	}, "net.ipv4.tcp_max_tw_buckets", 0, "TCP.tw"))
	t.add(t.of(Limit{
		ID: "orphans", Title: "orphaned sockets", Unit: "sockets",
		Arithmetic: proportional(Orphans, orphanShift, 0, "each counts up to 4 times"),
	}, "net.ipv4.tcp_max_orphans", 0, "TCP.orphan"))
	memory := t.of(Limit{ID: "tcp-memory", Title: "memory of TCP", Unit: "pages of 4 KiB", Soft: true}, "net.ipv4.tcp_mem", 2, "TCP.mem")
	rmem, _, ok1 := t.kernel("net.ipv4.tcp_rmem", 1)
	wmem, _, ok2 := t.kernel("net.ipv4.tcp_wmem", 1)
	if ok1 && ok2 {
		memory.Arithmetic = connections(2*(rmem+wmem)/pageSize, 0, "2 sockets × (tcp_rmem's and tcp_wmem's default), all full")
		t.add(memory)
	}
	if _, _, seen := t.value("net.netfilter.nf_conntrack_max"); seen || t.hasConntrack() {
		stay := 120 * time.Second
		if v, _, ok := t.kernel("net.netfilter.nf_conntrack_tcp_timeout_time_wait", 0); ok {
			stay = time.Duration(v) * time.Second
		}
		l := t.of(Limit{
			ID: "conntrack", Title: "tracked connections", Unit: "entries",
			Arithmetic: held(2, stay+latency, "rate × 2 connections × (latency + "+seconds(stay)+" that an entry stays)"),
		}, "net.netfilter.nf_conntrack_max", 0, "conntrack.count")
		if v, found := t.set.Settings["net.netfilter.nf_conntrack_count"]; found && !l.HasUsed {
			if n, err := strconv.ParseFloat(v.Value, 64); err == nil {
				l.Used, l.HasUsed, l.UsedAt = n, true, v.Line
			}
		}
		t.add(l)
	}
	if _, _, seen := t.value("fs.file-max"); seen {
		l := t.of(Limit{ID: "file-max", Title: "files of the whole machine", Unit: "files", Arithmetic: connections(2, 0, "2 for each client")}, "fs.file-max", 0, "")
		if v, found := t.set.Settings["fs.file-nr"]; found {
			if f := strings.Fields(v.Value); len(f) > 0 {
				if n, err := strconv.ParseFloat(f[0], 64); err == nil {
					l.Used, l.HasUsed, l.UsedAt = n, true, v.Line
				}
			}
		}
		t.add(l)
	}
}

func (t *table) hasConntrack() bool {
	_, ok := t.set.Total("conntrack.count")
	return ok
}
