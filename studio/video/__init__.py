"""Videos in and out: files, image folders, cameras; exact seek; annotated copies."""
