package service

func manifests(*repo) []*process { return nil }
