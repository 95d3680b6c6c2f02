{ result: { hello: "world" } }
