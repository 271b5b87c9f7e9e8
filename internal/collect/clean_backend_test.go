package collect

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/evidence"
)

// backendLines are as servers write them.
var backendLines = []string{
	`[30-Nov-2026 01:25:23] WARNING: [pool www] server reached pm.max_children setting (5), consider raising it`,
	`[30-Nov-2026 01:25:23] WARNING: [pool www] child 40, script '/srv/a.php' (request: "GET /a.php?k=secret") execution timed out (2.104 sec), terminating`,
	`[30-Nov-2026 01:25:23.123456] WARNING: [pool www] child 40 exited on signal 11 (SIGSEGV) after 3.1 seconds from start`,
	`[30-Nov-2026 01:25:23] NOTICE: [pool www] child 41 exited with code 0 after 9.3 seconds from start`,
	`[Mon Nov 30 01:25:23.123456 2026] [mpm_event:error] [pid 7:tid 8] AH00484: server reached MaxRequestWorkers setting, consider raising it`,
	`[Mon Nov 30 01:25:23.123456 2026] [mpm_event:error] [pid 7] AH10159: server is within MinSpareThreads of MaxRequestWorkers, consider raising it`,
	`*** uWSGI listen queue of socket "127.0.0.1:8000" (fd: 3) full !!! (101/100) ***`,
	`Mon Nov 30 01:25:23 2026 - *** HARAKIRI ON WORKER 1 (pid: 40, try: 1, graceful: no) ***`,
	`Mon Nov 30 01:25:23 2026 - DAMN ! worker 1 (pid: 40) died, killed by signal 9 :( trying respawn ...`,
	`The work of process 40 is done. Seeya!`,
	`[2026-11-30 01:25:23 +0000] [40] [CRITICAL] WORKER TIMEOUT (pid:41)`,
	`[2026-11-30 01:25:23 +0000] [40] [ERROR] Worker (pid:41) was sent SIGKILL! Perhaps out of memory?`,
	`[2026-11-30 01:25:23 +0000] [41] [INFO] Autorestarting worker after current request.`,
	`2026/11/30 01:25:23 http: Accept error: accept tcp 127.0.0.1:8000: accept4: too many open files; retrying in 5ms`,
	`Error: accept EMFILE`,
	`secret of the application: WORKER TIMEOUT (pid:secret)`,
	`secret`, ``,
}

// TestBackendLinesSayTheSame holds that evidence reads the same out of what is left.
func TestBackendLinesSayTheSame(t *testing.T) {
	for _, line := range backendLines {
		clean := BackendLine(line)
		if strings.Contains(clean, "secret") || strings.Contains(clean, "/srv") {
			t.Errorf("%q is left", clean)
		}
		if got, want := topics(t, clean), topics(t, line); got != want {
			t.Errorf("%q is about %q, %q about %q", clean, got, line, want)
		}
	}
}

func topics(t *testing.T, line string) string {
	t.Helper()
	s := evidence.NewSet()
	if err := s.Read("app.log", strings.NewReader(line+"\n"), evidence.Options{}); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, topic := range []evidence.Topic{
		evidence.MaxChildren, evidence.ListenQueueFull, evidence.WorkerTimeout, evidence.WorkerRecycled, evidence.WorkerCrashed,
		evidence.BackendFiles, evidence.MaxWorkers, evidence.ExecutionTimedOut,
	} {
		if len(s.Backends.Of(topic)) > 0 {
			all = append(all, string(topic))
		}
	}
	return strings.Join(all, " ")
}
