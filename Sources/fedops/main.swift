print("fedops")
