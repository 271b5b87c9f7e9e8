package main

import (
	"maps"
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
)

// setAside takes out of results what is not to be spoken of: findings that a
// baseline knows, and those on lines that have not changed since a revision.
func (a *app) setAside(l *loader, batches []*batch, results []*lint.Result) (known []lint.Suppression, err error) {
	byBaseline := map[string][]*lint.Result{}
	for i, b := range batches {
		if b.set.baseline != "" {
			byBaseline[b.set.baseline] = append(byBaseline[b.set.baseline], results[i])
		}
	}
	for _, file := range slices.Sorted(maps.Keys(byBaseline)) {
		b, err := readBaseline(l, file)
		if err != nil {
			return nil, err
		}
		quiet, gone := b.withoutKnown(l, byBaseline[file])
		known = append(known, quiet...)
		a.tellGone(l.flags, file, gone)
	}
	if l.flags.diffBase != "" {
		for _, r := range results {
			if err := l.sinceRevision(r, l.flags.diffBase); err != nil {
				return nil, err
			}
		}
	}
	return known, nil
}

// asideOf runs the rules and returns a function that tells what is to be left alone
// while other findings are fixed; nil if nothing is. It knows findings by their
// fingerprints, as the numbers of their lines change with each fix.
func (a *app) asideOf(l *loader, batches []*batch) (func([]lint.Finding) []bool, error) {
	if l.flags.diffBase == "" && !slices.ContainsFunc(batches, func(b *batch) bool { return b.set.baseline != "" }) {
		return nil, nil
	}
	results := make([]*lint.Result, len(batches))
	if err := each(len(batches), func(i int) { results[i] = lint.Run(batches[i].hosts(), batches[i].options()) }); err != nil {
		return nil, err
	}
	all := combine(results).Findings
	prints := lint.Fingerprints(all)
	if _, err := a.setAside(l, batches, results); err != nil {
		return nil, err
	}
	spoken := map[findingKey]bool{}
	for _, r := range results {
		for _, f := range r.Findings {
			spoken[keyOf(f)] = true
		}
	}
	aside := map[string]bool{}
	for i, f := range all {
		if !spoken[keyOf(f)] {
			aside[prints[i]] = true
		}
	}
	return func(all []lint.Finding) []bool {
		out := make([]bool, len(all))
		for i, print := range lint.Fingerprints(all) {
			out[i] = aside[print]
		}
		return out
	}, nil
}
