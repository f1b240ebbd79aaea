# One long script, as notebooks become.
import numpy as np
from sklearn.ensemble import RandomForestClassifier

data = np.loadtxt("measurements.csv", delimiter=",")
X, y = data[:, :-1], data[:, -1]
forest = RandomForestClassifier(n_estimators=50)
forest.fit(X, y)
print(forest.score(X, y))
