;; One session in Emacs with eglot: open a file, type a line, see a finding, apply its
;; fix, save. Anything that goes wrong ends it with a status.  -*- lexical-binding: t -*-
(require 'eglot)
(require 'conf-mode)
(require 'project)

(defun session-wait (what holds)
  "Wait until HOLDS returns something, and return that; WHAT is said if it never does."
  (let ((late (+ (float-time) 120)) found)
    (while (not (setq found (funcall holds)))
      (when (> (float-time) late) (error "Waited in vain for %s" what))
      (accept-process-output nil 0.05))
    found))

(defun session-finding (rule)
  "Return the diagnostic of RULE that was last published of this buffer."
  (seq-find (lambda (d) (equal (plist-get d :code) rule)) session-published))

(defvar session-published nil "The diagnostics of the file, as the server sent them.")
(cl-defmethod eglot-handle-notification :before
  (_server (_method (eql textDocument/publishDiagnostics)) &key uri diagnostics &allow-other-keys)
  (when (string-suffix-p (getenv "SESSION_FILE") uri)
    (setq session-published (append diagnostics nil))))

(let ((rule (getenv "SESSION_RULE")) (eglot-sync-connect t) (eglot-autoshutdown nil)
      (eglot-send-changes-idle-time 0) (eglot-confirm-server-initiated-edits nil))
  (add-to-list 'eglot-server-programs '(conf-unix-mode . ("tcplint" "lsp")))
  (find-file (expand-file-name (getenv "SESSION_FILE") (getenv "SESSION_ROOT")))
  (conf-unix-mode)
  (apply #'eglot--connect (eglot--guess-contact))
  (when (session-finding rule) (error "Found before it was typed"))
  ;; Type a line, as a person does.
  (goto-char (point-min))
  (re-search-forward (getenv "SESSION_BELOW"))
  (end-of-line)
  (insert "\n    " (getenv "SESSION_TYPE"))
  (eglot--signal-textDocument/didChange)
  (let* ((d (session-wait "the finding" (lambda () (session-finding rule))))
         (range (eglot--range-region (plist-get d :range)))
         (actions (jsonrpc-request
                   (eglot--current-server-or-lose) :textDocument/codeAction
                   (list :textDocument (eglot--TextDocumentIdentifier)
                         :range (plist-get d :range) :context (list :diagnostics (vector d)))))
         (fix (seq-find (lambda (a) (and (eq (plist-get a :isPreferred) t)
                                         (equal (plist-get (elt (plist-get a :diagnostics) 0) :code) rule)))
                        actions)))
    (unless (equal (buffer-substring (car range) (+ (car range) 10)) "proxy_pass")
      (error "The finding stands on %S" (buffer-substring (car range) (cdr range))))
    (unless fix (error "No fix among %S" actions))
    (unless (plist-get fix :edit)
      (setq fix (jsonrpc-request (eglot--current-server-or-lose) :codeAction/resolve fix)))
    (eglot--apply-workspace-edit (plist-get fix :edit)))
  (eglot--signal-textDocument/didChange)
  (session-wait "the finding to go" (lambda () (not (session-finding rule))))
  (save-buffer)
  (eglot-shutdown (eglot--current-server-or-lose)))
