-- The version of the views and functions of `otrace schema --views`

SELECT otrace_version() AS version
