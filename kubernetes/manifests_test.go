// Package kubernetes holds the manifests against the types of Kubernetes, as kustomize
// builds them.
package kubernetes

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// build builds a kustomization, with the script that a user writes beside it.
func build(t *testing.T, name string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", "./cmd/tcplint", "collect", "--script")
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	script, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "base", "collect.sh"), script, 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, r := range all.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		out[r.GetKind()] = string(text)
	}
	return out
}

// strict reads a manifest as its type: a field that there is not is an error.
func strict[T any](t *testing.T, text string) (out T) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), &out); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	return out
}

// least checks that a pod may do no more than it has to.
func least(t *testing.T, pod corev1.PodSpec) {
	t.Helper()
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		t.Error("the pod may ask the API server")
	}
	if pod.HostPID || pod.HostIPC {
		t.Error("the pod sees the processes of the node")
	}
	hosts := map[string]bool{}
	for _, v := range pod.Volumes {
		hosts[v.Name] = v.HostPath != nil
	}
	for _, c := range append(pod.InitContainers, pod.Containers...) {
		s := c.SecurityContext
		if s == nil || s.Privileged != nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation ||
			s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem || s.Capabilities == nil || len(s.Capabilities.Add) > 0 || len(s.Capabilities.Drop) != 1 {
			t.Errorf("container %s may do more than it has to", c.Name)
		}
		for _, m := range c.VolumeMounts {
			if _, known := hosts[m.Name]; !known {
				t.Errorf("container %s mounts %s, which there is not", c.Name, m.Name)
			}
			if hosts[m.Name] && !m.ReadOnly {
				t.Errorf("container %s may write to %s of the node", c.Name, m.MountPath)
			}
		}
	}
}

func TestDaemonSet(t *testing.T) {
	all := build(t, "base")
	strict[corev1.Namespace](t, all["Namespace"])
	strict[corev1.ServiceAccount](t, all["ServiceAccount"])
	script := strict[corev1.ConfigMap](t, all["ConfigMap"])
	if !strings.HasPrefix(script.Data["collect.sh"], "#!/bin/sh\n") {
		t.Error("the script is missing")
	}
	set := strict[appsv1.DaemonSet](t, all["DaemonSet"])
	least(t, set.Spec.Template.Spec)
	for _, v := range set.Spec.Template.Spec.Volumes {
		if v.ConfigMap != nil && v.ConfigMap.Name != script.Name {
			t.Errorf("the script is looked for in %s and lies in %s", v.ConfigMap.Name, script.Name)
		}
	}
}

func TestJob(t *testing.T) {
	all := build(t, "job")
	if _, ok := all["DaemonSet"]; ok {
		t.Error("there is a DaemonSet beside the Job")
	}
	job := strict[batchv1.Job](t, all["Job"])
	least(t, job.Spec.Template.Spec)
	if job.Spec.Template.Spec.RestartPolicy != corev1.RestartPolicyNever {
		t.Error("the Job begins again and again")
	}
}
