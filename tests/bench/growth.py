def main(names): return 0
