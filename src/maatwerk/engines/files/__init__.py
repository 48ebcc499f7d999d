"""The workspace folder: its layout, its keys, its clock's anchor. Plain files, each written whole."""
