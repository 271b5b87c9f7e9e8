-- One session in Neovim: open a file, type a line, see a finding, apply its fix, save.
-- It is read by Neovim 0.7 and later; anything that goes wrong ends it with a status.
local function fail(...)
  io.stderr:write(table.concat({ ... }, " "), "\n")
  vim.cmd("cquit")
end

local ok, err = pcall(function()
  local root, file, rule = vim.env.SESSION_ROOT, vim.env.SESSION_FILE, vim.env.SESSION_RULE
  local late = 120000
  vim.cmd("edit " .. vim.fn.fnameescape(root .. "/" .. file))
  local config = { name = "tcplint", cmd = { "tcplint", "lsp" }, root_dir = root }
  local id
  if vim.lsp.start then
    id = vim.lsp.start(config)
  else
    id = vim.lsp.start_client(config)
    vim.lsp.buf_attach_client(0, id)
  end
  local function shown()
    return #vim.tbl_filter(function(d) return d.code == rule end, vim.diagnostic.get(0)) > 0
  end
  local client
  if not vim.wait(late, function()
    client = vim.lsp.get_client_by_id(id)
    return client ~= nil and (client.initialized or client.server_capabilities ~= nil)
  end, 20) then
    fail("the server does not start")
  end
  if shown() then fail("found before it was typed") end
  -- Type a line, as a person does.
  vim.fn.search(vim.env.SESSION_BELOW)
  vim.cmd("normal! o" .. vim.env.SESSION_TYPE)
  if not vim.wait(late, shown, 20) then
    fail("not found after it was typed:", vim.inspect(vim.diagnostic.get(0)))
  end
  local at
  for _, d in ipairs(vim.diagnostic.get(0)) do
    if d.code == rule then at = d end
  end
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(0) },
    range = { start = { line = at.lnum, character = at.col }, ["end"] = { line = at.lnum, character = at.col } },
    context = { diagnostics = {} },
  }
  local answers, why = vim.lsp.buf_request_sync(0, "textDocument/codeAction", params, late)
  if not answers then fail("no actions:", tostring(why)) end
  local fix
  for _, answer in pairs(answers) do
    for _, action in ipairs(answer.result or {}) do
      local first = (action.diagnostics or {})[1]
      if action.isPreferred and first and first.code == rule then fix = action end
    end
  end
  if not fix then fail("no fix among", vim.inspect(answers)) end
  if not fix.edit then
    local done = vim.lsp.buf_request_sync(0, "codeAction/resolve", fix, late)
    for _, answer in pairs(done or {}) do
      if answer.error then fail("the fix is refused:", answer.error.message) end
      fix = answer.result
    end
  end
  vim.lsp.util.apply_workspace_edit(fix.edit, client.offset_encoding or "utf-16")
  if not vim.wait(late, function() return not shown() end, 20) then
    fail("still found after the fix")
  end
  vim.cmd("write")
end)
if not ok then fail(tostring(err)) end
vim.cmd("qall!")
