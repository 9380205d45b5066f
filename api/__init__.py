"""HTTP and nothing else: the kernel (route, problem, openapi, edge types), one file of handlers per room, public pages without script."""
